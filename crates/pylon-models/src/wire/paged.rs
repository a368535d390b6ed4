use super::{
    AccountBody, BondsBody, JobsBody, RowBody, StakePositionBody, SubnetSummary, SubnetsBody,
    WeightsBody,
};
use crate::Receipt;

/// A body whose list can be asked for in pages; what is read of the chain is all of one block.
pub trait Paged {
    /// What it lists.
    type Item;

    /// Where the next page begins; `None` on the last one.
    fn next_cursor(&self) -> Option<&str>;

    /// What this page lists.
    fn into_items(self) -> Vec<Self::Item>;
}

macro_rules! paged {
    ($($body:ty: $list:ident of $item:ty;)+) => {$(
        impl Paged for $body {
            type Item = $item;

            fn next_cursor(&self) -> Option<&str> {
                self.next_cursor.as_deref()
            }

            fn into_items(self) -> Vec<$item> {
                self.$list
            }
        }
    )+};
}

paged! {
    SubnetsBody: subnets of SubnetSummary;
    WeightsBody: weights of RowBody;
    BondsBody: bonds of RowBody;
    AccountBody: stakes of StakePositionBody;
    JobsBody: jobs of Receipt;
}
