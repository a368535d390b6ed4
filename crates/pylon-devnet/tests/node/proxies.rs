//! Accounts that act for others.

use codec::Encode;

use crate::{
    calls::{Clients, batch, small},
    wire::{REMARK, TAO, key, transfer},
};

const ANY: u8 = 0;
const NON_TRANSFER: u8 = 3;
const TRANSFER: u8 = 10;
/// Rao held for one proxy, and for each further one.
const DEPOSIT: u64 = 93_000_000;
const FURTHER: u64 = 33_000_000;

/// `Proxy.add_proxy` (1) or `remove_proxy` (2).
fn proxies(call: u8, delegate: &str, kind: u8, delay: u32) -> Vec<u8> {
    let address = (0u8, key(delegate).public_key().0);
    (16u8, call, address, kind, delay).encode()
}

/// `Proxy.proxy`, through whichever proxy comes first.
fn act_for(real: &str, call: &[u8]) -> Vec<u8> {
    let head = (16u8, 0u8, 0u8, key(real).public_key().0, None::<u8>).encode();
    [&head, call].concat()
}

#[tokio::test]
async fn a_proxy_does_what_its_type_allows_and_nothing_else() {
    let clients = Clients::start(small()).await;
    let pay = transfer("//Dave", TAO);
    let before = clients.balance("//Dave").await;
    let stranger = clients.make("//Charlie", &act_for("//Bob", &pay)).await;
    assert_eq!(stranger, ("proxy.NotProxy".into(), vec![]));

    let add = proxies(1, "//Charlie", NON_TRANSFER, 0);
    let added = clients.make("//Bob", &add).await;
    assert_eq!(added, ("ok".into(), vec!["proxy.ProxyAdded".into()]));
    // The call of the proxy goes well, the one inside of it does not, nor in a batch.
    let executed = ("ok".to_owned(), vec!["proxy.ProxyExecuted".to_owned()]);
    let call = act_for("//Bob", &pay);
    assert_eq!(clients.make("//Charlie", &call).await, executed);
    let all = act_for("//Bob", &batch(2, &[&pay]));
    assert_eq!(clients.make("//Charlie", &all).await, executed);
    let (result, events) = clients
        .make("//Charlie", &act_for("//Bob", &batch(0, &[&pay])))
        .await;
    assert_eq!(result, "ok");
    assert_eq!(events, ["utility.BatchInterrupted", "proxy.ProxyExecuted"]);
    assert_eq!(clients.balance("//Dave").await, before);

    let add = proxies(1, "//Eve", TRANSFER, 0);
    assert_eq!(clients.make("//Bob", &add).await.0, "ok");
    clients.make("//Eve", &act_for("//Bob", &pay)).await;
    assert_eq!(clients.balance("//Dave").await, before + TAO);
    // What a proxy may not do it cannot give to others.
    let call = act_for("//Bob", &proxies(1, "//Ferdie", ANY, 0));
    assert_eq!(clients.make("//Charlie", &call).await, executed);
    let refused = clients.make("//Ferdie", &act_for("//Bob", &pay)).await;
    assert_eq!(refused.0, "proxy.NotProxy");
}

#[tokio::test]
async fn a_deposit_is_held_for_as_long_as_there_are_proxies() {
    let clients = Clients::start(small()).await;
    let before = clients.balance("//Bob").await;
    let mut fees = Vec::new();
    let mut spent = before;
    for (call, held) in [
        (proxies(1, "//Charlie", ANY, 0), DEPOSIT),
        (proxies(1, "//Dave", ANY, 0), DEPOSIT + FURTHER),
        (proxies(2, "//Dave", ANY, 0), DEPOSIT),
        (vec![16, 3], 0),
    ] {
        assert_eq!(clients.make("//Bob", &call).await.0, "ok");
        spent = clients.balance("//Bob").await + held;
        fees.push(before - spent);
    }
    // Only fees are gone, a little more of them with each call.
    assert!(fees.is_sorted() && fees[0] > 0, "{fees:?}");
    assert!(before - spent < DEPOSIT, "{fees:?}");
    let refused = clients.make("//Dave", &act_for("//Bob", &REMARK)).await;
    assert_eq!(refused.0, "proxy.NotProxy");
}

#[tokio::test]
async fn what_is_no_proxy_is_refused_by_the_pallets_errors() {
    let clients = Clients::start(small()).await;
    let add = proxies(1, "//Charlie", ANY, 0);
    for (call, error) in [
        (proxies(1, "//Bob", ANY, 0), "proxy.NoSelfProxy"),
        (proxies(2, "//Charlie", ANY, 0), "proxy.NotFound"),
        (add.clone(), "ok"),
        (add, "proxy.Duplicate"),
        (proxies(2, "//Charlie", ANY, 1), "proxy.NotFound"),
        (proxies(2, "//Charlie", ANY, 0), "ok"),
        // One that has to announce what it will do cannot do it without.
        (proxies(1, "//Charlie", ANY, 5), "ok"),
    ] {
        assert_eq!(clients.make("//Bob", &call).await.0, error);
    }
    let early = act_for("//Bob", &REMARK);
    let refused = clients.make("//Charlie", &early).await.0;
    assert_eq!(refused, "proxy.Unannounced");
}
