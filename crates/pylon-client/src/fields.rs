//! Neurons by the fields that a caller picks.

use pylon_models::v1::{
    NeuronField, NeuronsBody, PartialNeuronsBody, PartialValidatorsBody, ValidatorsBody,
};

use crate::Call;

impl Call<NeuronsBody> {
    /// Asks for these fields of each neuron alone: `?fields=`. To name none is a `validation` problem.
    pub fn fields(self, fields: impl IntoIterator<Item = NeuronField>) -> Call<PartialNeuronsBody> {
        self.query("fields", &list(fields)).cast()
    }
}

impl Call<ValidatorsBody> {
    /// Asks for these fields of each validator alone: `?fields=`. To name none is a `validation` problem.
    pub fn fields(
        self,
        fields: impl IntoIterator<Item = NeuronField>,
    ) -> Call<PartialValidatorsBody> {
        self.query("fields", &list(fields)).cast()
    }
}

fn list(fields: impl IntoIterator<Item = NeuronField>) -> String {
    let names: Vec<_> = fields.into_iter().map(NeuronField::as_str).collect();
    names.join(",")
}
