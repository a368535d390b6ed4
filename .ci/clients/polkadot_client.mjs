// Reads a devnet with @polkadot/api, registers a hotkey, serves an axon with it, reads again, and writes as a
// validator. The shape of what is written to the file is told in shape.py.
//
// Usage: polkadot_client.mjs WS-URL OUTPUT
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { packageInfo } from '@polkadot/api';

const NETUID = 1;
const [IP, PORT] = [0xcb00710c, 8093]; // 203.0.113.12
const TIMEOUT = 180_000;

const number = (value) => value.toString();
const flag = (value) => value.isTrue;
const list = (values, map) => [...values].map(map);

const axon = (info) => ({
  ip: number(info.ip),
  port: number(info.port),
  protocol: number(info.protocol),
  version: number(info.version),
  block: number(info.block),
});

const neuron = (lite) => ({
  uid: number(lite.uid),
  hotkey: number(lite.hotkey),
  coldkey: number(lite.coldkey),
  active: flag(lite.active),
  axon: axon(lite.axonInfo),
  stake: list(lite.stake, ([, rao]) => BigInt(number(rao))).reduce((sum, rao) => sum + rao, 0n).toString(),
  rank: number(lite.rank),
  incentive: number(lite.incentive),
  consensus: number(lite.consensus),
  trust: number(lite.trust),
  validator_trust: number(lite.validatorTrust),
  dividends: number(lite.dividends),
  emission: number(lite.emission),
  last_update: number(lite.lastUpdate),
  validator_permit: flag(lite.validatorPermit),
  pruning_score: number(lite.pruningScore),
});

const metagraph = (graph) => ({
  netuid: number(graph.netuid),
  block: number(graph.block),
  tempo: number(graph.tempo),
  blocks_since_last_step: number(graph.blocksSinceLastStep),
  hotkeys: list(graph.hotkeys, number),
  coldkeys: list(graph.coldkeys, number),
  axons: list(graph.axons, axon),
  active: list(graph.active, flag),
  validator_permit: list(graph.validatorPermit, flag),
  last_update: list(graph.lastUpdate, number),
  emission: list(graph.emission, number),
  dividends: list(graph.dividends, number),
  incentives: list(graph.incentives, number),
  consensus: list(graph.consensus, number),
  block_at_registration: list(graph.blockAtRegistration, number),
  alpha_stake: list(graph.alphaStake, number),
  tao_stake: list(graph.taoStake, number),
  total_stake: list(graph.totalStake, number),
});

const hyperparameter = ({ name, value }) => {
  const held = value.value;
  return [name.toUtf8(), value.isBool ? flag(held) : number(held.bits ?? held)];
};

const field = (data) => {
  if (data.value === null || data.isNone || data.isResetBondsFlag) return { kind: data.type };
  if (data.isTimelockEncrypted) {
    const { encrypted, revealRound } = data.asTimelockEncrypted;
    return { kind: data.type, bytes: encrypted.toHex(), reveal_round: number(revealRound) };
  }
  return { kind: data.type.startsWith('Raw') ? 'Raw' : data.type, bytes: data.value.toHex() };
};

const commitment = ([key, registration]) => {
  const { block, deposit, info } = registration.unwrap();
  return [number(key.args[1]), { block: number(block), deposit: number(deposit), fields: list(info.fields, field) }];
};

async function read(api) {
  const hash = await api.rpc.chain.getBlockHash();
  const { block } = await api.rpc.chain.getBlock(hash);
  const at = await api.at(hash);
  const { subtensorModule } = at.query;
  const lites = await at.call.neuronInfoRuntimeApi.getNeuronsLite(NETUID);
  const full = await at.call.neuronInfoRuntimeApi.getNeurons(NETUID);
  assert.deepEqual(list(full, neuron), list(lites, neuron));
  const entries = (await at.call.subnetInfoRuntimeApi.getSubnetHyperparamsV3(NETUID)).unwrap();
  const prices = await at.call.swapRuntimeApi.currentAlphaPriceAll();
  const commitments = await at.query.commitments.commitmentOf.entries(NETUID);
  const now = await at.query.timestamp.now();
  return {
    block: {
      number: number(block.header.number),
      hash: hash.toHex(),
      parent: block.header.parentHash.toHex(),
      timestamp: number(now.toBigInt() / 1000n),
    },
    netuid: number(NETUID),
    neurons: list(lites, neuron),
    metagraph: metagraph((await at.call.subnetInfoRuntimeApi.getMetagraph(NETUID)).unwrap()),
    hyperparameters: Object.fromEntries(list(entries, hyperparameter)),
    epoch: {
      tempo: number(await subtensorModule.tempo(NETUID)),
      last_epoch_block: number(await subtensorModule.lastEpochBlock(NETUID)),
      pending_epoch_at: number(await subtensorModule.pendingEpochAt(NETUID)),
      subnet_epoch_index: number(await subtensorModule.subnetEpochIndex(NETUID)),
      blocks_since_last_step: number(await subtensorModule.blocksSinceLastStep(NETUID)),
    },
    prices: Object.fromEntries(list(prices, ({ netuid, price }) => [number(netuid), number(price)])),
    commitments: Object.fromEntries(commitments.map(commitment)),
  };
}

const follow = (api, count) =>
  new Promise((resolve, reject) => {
    const heads = [];
    const stopped = api.rpc.chain.subscribeNewHeads((header) => {
      if (heads.length === count) return;
      heads.push({ number: number(header.number), parent: header.parentHash.toHex() });
      if (heads.length === count) stopped.then((stop) => stop()).then(() => resolve(heads), reject);
    });
    stopped.catch(reject);
  });

const finalized = (tx, signer) =>
  new Promise((resolve, reject) => {
    tx.signAndSend(signer, { nonce: -1 }, ({ dispatchError, isError, status }) => {
      if (dispatchError?.isModule) {
        const { section, name } = dispatchError.registry.findMetaError(dispatchError.asModule);
        reject(new Error(`${section}.${name}`));
      } else if (dispatchError || isError) {
        reject(new Error(`${dispatchError ?? status}`));
      } else if (status.isFinalized) {
        resolve();
      }
    }).catch(reject);
  });

// Weights in every way, a commitment, children and a take: sent by //Alice and found in storage.
async function write(api, alice, child) {
  const { subtensorModule: query, commitments } = api.query;
  const { subtensorModule: tx, adminUtils } = api.tx;
  const uid = (await query.uids(NETUID, alice.address)).unwrap().toNumber();
  const uids = [...Array(64).keys()].filter((other) => other !== uid);
  const weights = uids.map((other) => 1 + (other % 7));
  const commitReveal = (enabled) => finalized(adminUtils.sudoSetCommitRevealWeightsEnabled(NETUID, enabled), alice);

  await commitReveal(false);
  const version = await query.weightsVersionKey(NETUID);
  await finalized(tx.setWeights(NETUID, uids, weights, version), alice);
  const row = await query.weights(NETUID, uid);
  assert.deepEqual(list(row, ([to]) => to.toNumber()), uids);

  await commitReveal(true);
  const hash = `0x${'5a'.repeat(32)}`;
  await finalized(tx.commitWeights(NETUID, hash), alice);
  const commits = (await query.weightCommits(NETUID, alice.address)).unwrap();
  assert.deepEqual(list(commits, ([held]) => held.toHex()), [hash]);
  // The client encrypts nothing: bytes that no round opens are kept and expire.
  const [sealed, round] = [`0x${'c3'.repeat(300)}`, 4_000_000_000];
  await finalized(tx.commitTimelockedMechanismWeights(NETUID, 0, sealed, round, 4), alice);
  const pending = await query.timelockedWeightCommits.entries(NETUID);
  const held = pending.flatMap(([, commits]) => [...commits]).map(([who, , , reveal]) => [number(who), number(reveal)]);
  assert.ok(held.some(([who, reveal]) => who === alice.address && reveal === number(round)), held);

  await finalized(api.tx.commitments.setCommitment(NETUID, { fields: [{ Raw8: '0x706f6c6b61646f74' }] }), alice);
  const { info } = (await commitments.commitmentOf(NETUID, alice.address)).unwrap();
  assert.deepEqual(list(info.fields, field), [{ kind: 'Raw', bytes: '0x706f6c6b61646f74' }]);

  const half = 2n ** 63n;
  await finalized(tx.setChildren(alice.address, NETUID, [[half, child]]), alice);
  const [children] = await query.pendingChildKeys(NETUID, alice.address);
  assert.deepEqual(list(children, ([part, who]) => [part.toBigInt(), number(who)]), [[half, child]]);
  await finalized(tx.setChildkeyTake(alice.address, NETUID, 5_000), alice);
  assert.equal(number(await query.childkeyTake(alice.address, NETUID)), '5000');
}

async function run(url, output) {
  const api = await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true, throwOnConnect: true });
  const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
  const coldkey = keyring.addFromUri('//Charlie');
  const hotkey = keyring.addFromUri('//Charlie//polkadot');

  const before = await read(api);
  const heads = await follow(api, 3);
  const register = api.tx.subtensorModule.burnedRegister(NETUID, hotkey.address);
  assert.ok((await register.paymentInfo(coldkey)).partialFee.toBigInt() > 0n);
  await finalized(register, coldkey);
  await finalized(api.tx.subtensorModule.serveAxon(NETUID, 1, IP, PORT, 4, 4, 0, 0), hotkey);
  const uid = (await api.query.subtensorModule.uids(NETUID, hotkey.address)).unwrap();
  const served = (await api.query.subtensorModule.axons(NETUID, hotkey.address)).unwrap();
  assert.deepEqual([number(served.ip), number(served.port)], [number(IP), number(PORT)]);
  const after = await read(api);
  assert.equal(after.neurons[uid.toNumber()].hotkey, hotkey.address);
  assert.equal(after.neurons[uid.toNumber()].coldkey, coldkey.address);
  await write(api, keyring.addFromUri('//Alice'), hotkey.address);
  await api.disconnect();

  writeFileSync(
    output,
    JSON.stringify({
      client: `${packageInfo.name} ${packageInfo.version}`,
      readings: [before, after],
      heads,
      registered: { hotkey: hotkey.address, ip: number(IP), port: number(PORT) },
    }),
  );
}

setTimeout(() => {
  console.error('no end after three minutes');
  process.exit(1);
}, TIMEOUT).unref();
await run(...process.argv.slice(2, 4));
