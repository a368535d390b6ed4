//! Constants that stand in a statement as they are.
//!
//! The partial indexes speak of them. PostgreSQL plans a statement that it keeps for any value that may be bound, so
//! it uses such an index only where the statement has the constant itself; SQLite plans anew whenever one is bound.

use diesel::backend::Backend;
use diesel::expression::is_aggregate::Never;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Integer, Text};

macro_rules! constants {
    ($($(#[$doc:meta])+ $name:ident: $of:ty = $sql:literal;)+) => {$(
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, QueryId)]
        pub(crate) struct $name;

        impl Expression for $name {
            type SqlType = $of;
        }

        impl<DB: Backend> QueryFragment<DB> for $name {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
                out.push_sql($sql);
                Ok(())
            }
        }

        impl<Source> AppearsOnTable<Source> for $name {}
        impl<Source> SelectableExpression<Source> for $name {}

        impl<Grouping> ValidGrouping<Grouping> for $name {
            type IsAggregate = Never;
        }
    )+};
}

constants! {
    /// The state of a job that waits.
    Queued: Text = "'queued'";
    /// `is_open` of a job that is not over.
    Open: Integer = "1";
    /// `is_open` of a job that is over.
    Over: Integer = "0";
    /// `untold` of a job that somebody is to be told of.
    Untold: Integer = "1";
}

#[cfg(test)]
mod tests {
    use diesel::debug_query;
    use diesel::pg::Pg;
    use diesel::prelude::*;
    use pylon_models::JobState;

    use super::*;
    use crate::schema::jobs;

    #[test]
    fn the_constants_are_those_of_the_partial_indexes() {
        let indexes = concat!(
            include_str!("../../../migrations/postgres/2026-11-21-000001_kinds/up.sql"),
            include_str!("../../../migrations/postgres/2026-11-21-000000_jobs/up.sql"),
            include_str!("../../../migrations/postgres/2026-11-21-210000_ended/up.sql"),
            include_str!("../../../migrations/postgres/2026-11-21-220000_untold/up.sql"),
        );
        for constant in [
            debug_query::<Pg, _>(&jobs::state.eq(Queued)).to_string(),
            debug_query::<Pg, _>(&jobs::is_open.eq(Open)).to_string(),
            debug_query::<Pg, _>(&jobs::is_open.eq(Over)).to_string(),
            debug_query::<Pg, _>(&jobs::untold.eq(Untold)).to_string(),
        ] {
            let statement = constant.split(" -- ").next().unwrap_or_default();
            let condition = statement
                .replace("\"jobs\".", "")
                .replace('"', "")
                .replace(['(', ')'], "");
            assert!(
                indexes.contains(&format!("WHERE {};", condition.trim())),
                "{condition}"
            );
        }
        assert_eq!(JobState::Queued.as_str(), "queued");
    }
}
