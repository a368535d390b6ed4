//! Signs with a hotkey of a wallet, or verifies what somebody signed; `.ci/wallets` compares that with Bittensor's own
//! packages.
//!
//! Usage: `wallet sign PATH WALLET HOTKEY MESSAGE` prints the address and the signature; the password of a sealed
//! keyfile stands in `WALLET_PASSWORD`. `wallet verify ADDRESS MESSAGE SIGNATURE` ends with an error if it is another's.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::error::Error;

use pylon_chain::WalletFolder;
use pylon_models::Hotkey;
use secrecy::SecretString;
use subxt_signer::sr25519::{self, PublicKey, Signature};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["sign", path, wallet, hotkey, message] => {
            let password = std::env::var("WALLET_PASSWORD").ok();
            let password = password.map(SecretString::from);
            let pair = WalletFolder::new(path, wallet)?.hotkey(hotkey, password.as_ref())?;
            let signature = hex::encode(pair.sign(message.as_bytes()));
            println!("{} 0x{signature}", pair.hotkey());
            Ok(())
        }
        ["verify", address, message, signature] => {
            let hotkey: Hotkey = address.parse()?;
            let mut bytes = [0; 64];
            hex::decode_to_slice(signature.trim_start_matches("0x"), &mut bytes)?;
            let key = PublicKey(*hotkey.as_bytes());
            if sr25519::verify(&Signature(bytes), message, &key) {
                Ok(())
            } else {
                Err("the signature is another's".into())
            }
        }
        _ => Err("usage: wallet sign PATH WALLET HOTKEY MESSAGE | wallet verify ADDRESS MESSAGE SIGNATURE".into()),
    }
}
