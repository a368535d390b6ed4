//! `?fields=`: neurons with only the columns that were asked for.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use pylon_chain::Snapshot;
use pylon_models::v1::{Neuron, NeuronField};
use pylon_models::{BlockRef, Hotkey};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use super::error::ApiError;
use super::path;
use crate::blocks::Stamp;
use crate::encoding::Body;
use crate::load::LoadError;

/// Which columns were asked for; all of them where the request does not say.
pub(super) struct Columns(Option<Vec<NeuronField>>);

impl FromRequest for Columns {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(columns(request).map(Self))
    }
}

fn columns(request: &HttpRequest) -> Result<Option<Vec<NeuronField>>, ApiError> {
    let Some(text) = path::query(request, "fields")? else {
        return Ok(None);
    };
    let asked: Vec<&str> = text.split(',').map(str::trim).collect();
    let names = || NeuronField::ALL.iter().map(|field| field.as_str());
    if let Some(unknown) = asked
        .iter()
        .find(|name| !names().any(|known| known == **name))
    {
        let message = format!(
            "'{unknown}' is no column of a neuron; there are {}",
            names().collect::<Vec<_>>().join(", ")
        );
        return Err(ApiError::invalid(request, "query", "fields", message));
    }
    let mut columns = NeuronField::ALL.to_vec();
    columns.retain(|column| asked.contains(&column.as_str()));
    Ok(Some(columns))
}

impl Columns {
    /// The body of `…/neurons` with these columns; `None` where all were asked for.
    pub(super) fn neurons(&self, snapshot: &Snapshot) -> Result<Option<(Stamp, Body)>, LoadError> {
        let neurons = || snapshot.neurons.iter().collect();
        self.select(snapshot.block, neurons, Rows::ByHotkey)
    }

    /// The body of `…/validators` with these columns; `None` where all were asked for.
    pub(super) fn validators(
        &self,
        snapshot: &Snapshot,
    ) -> Result<Option<(Stamp, Body)>, LoadError> {
        self.select(snapshot.block, || snapshot.validators(), Rows::InOrder)
    }

    fn select<'a>(
        &self,
        block: BlockRef,
        neurons: impl FnOnce() -> Vec<&'a pylon_models::Neuron>,
        arrange: impl FnOnce(Vec<Row>) -> Rows,
    ) -> Result<Option<(Stamp, Body)>, LoadError> {
        let Some(columns) = &self.0 else {
            return Ok(None);
        };
        let rows = neurons()
            .into_iter()
            .map(|neuron| Row::new(neuron, columns))
            .collect::<Result<_, _>>()?;
        let body = serde_json::to_vec(&Selected {
            block,
            rows: arrange(rows),
        })?;
        let names: String = columns
            .iter()
            .map(|column| format!(".{}", column.as_str()))
            .collect();
        let stamp = Stamp::of_part(block, &names)?;
        Ok(Some((stamp, Body::new(body.into()))))
    }
}

/// One neuron, with the columns that were asked for.
struct Row {
    hotkey: Hotkey,
    cells: Vec<(&'static str, Value)>,
}

impl Row {
    fn new(
        neuron: &pylon_models::Neuron,
        columns: &[NeuronField],
    ) -> Result<Self, serde_json::Error> {
        let mut whole = serde_json::to_value(Neuron::from(neuron))?;
        let cells = columns
            .iter()
            .map(|column| column.as_str())
            .filter_map(|column| Some((column, whole.get_mut(column)?.take())))
            .collect();
        Ok(Self {
            hotkey: neuron.hotkey,
            cells,
        })
    }
}

/// The rows as `neurons` or as `validators` have them.
enum Rows {
    ByHotkey(Vec<Row>),
    InOrder(Vec<Row>),
}

struct Selected {
    block: BlockRef,
    rows: Rows,
}

impl Serialize for Selected {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("block", &self.block)?;
        let name = match self.rows {
            Rows::ByHotkey(_) => "neurons",
            Rows::InOrder(_) => "validators",
        };
        map.serialize_entry(name, &self.rows)?;
        map.end()
    }
}

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::ByHotkey(rows) => {
                serializer.collect_map(rows.iter().map(|row| (&row.hotkey, row)))
            }
            Self::InOrder(rows) => serializer.collect_seq(rows),
        }
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.cells.iter().map(|(column, value)| (column, value)))
    }
}

impl IntoParams for Columns {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let list = ObjectBuilder::new().schema_type(Type::String);
        let parameter = ParameterBuilder::new()
            .name("fields")
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some(
                "Columns of a neuron with commas between, such as `uid,stakes`: neurons are answered with these alone",
            ))
            .schema(Some(Schema::Object(list.build())));
        vec![parameter.build()]
    }
}
