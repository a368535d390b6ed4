//! `SubnetInfoRuntimeApi_get_selective_metagraph`: a struct of seventy-odd options, of which only those that
//! were asked for are filled in. Runtimes append to it, so its layout is a plan made from the metadata.

use codec::{Compact, Decode};
use scale_info::PortableRegistry;
use subxt::Metadata;

use super::DecodeError;
use super::layout::answer_of;
use super::skip::skip;
use super::wire::{Wire, expected, fields, option};

/// The parts that a snapshot asks for; each one's index is its place in the struct. The netuid, index 0, is no
/// option, and reads 0 unless it is asked for.
pub(crate) const INDEXES: [u16; 6] = [0, 7, 66, 67, 68, 69];

/// The parts that tell who may set weights.
pub(crate) const STANDING_INDEXES: [u16; 3] = [7, 52, 69];

type Column = Vec<Compact<u64>>;

/// The parts of a metagraph that are needed, those that were asked for filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Metagraph {
    pub(crate) netuid: u16,
    pub(crate) block: u64,
    pub(crate) hotkeys: Option<Vec<[u8; 32]>>,
    pub(crate) block_at_registration: Option<Column>,
    pub(crate) alpha_stake: Option<Column>,
    pub(crate) tao_stake: Option<Column>,
    pub(crate) total_stake: Option<Column>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Block,
    Hotkeys,
    BlockAtRegistration,
    AlphaStake,
    TaoStake,
    TotalStake,
    /// Not needed: passed over.
    Other,
}

impl Part {
    fn named(name: &str) -> Self {
        match name {
            "block" => Self::Block,
            "hotkeys" => Self::Hotkeys,
            "block_at_registration" => Self::BlockAtRegistration,
            "alpha_stake" => Self::AlphaStake,
            "tao_stake" => Self::TaoStake,
            "total_stake" => Self::TotalStake,
            _ => Self::Other,
        }
    }

    fn matches(self, types: &PortableRegistry, id: u32) -> bool {
        match self {
            Self::Block => Compact::<u64>::matches(types, id),
            Self::Hotkeys => Vec::<[u8; 32]>::matches(types, id),
            Self::Other => true,
            _ => Column::matches(types, id),
        }
    }
}

/// The runtime's `SelectiveMetagraph`: the netuid, then options in this order.
#[derive(Debug, Clone)]
pub(crate) struct MetagraphLayout {
    netuid: u32,
    options: Vec<(Part, u32)>,
    exact: bool,
}

impl MetagraphLayout {
    /// `None`: the runtime has no such API.
    pub(crate) fn of(metadata: &Metadata) -> Option<Result<Self, DecodeError>> {
        let id = answer_of(metadata, "SubnetInfoRuntimeApi", "get_selective_metagraph")?;
        Some(Self::of_type(metadata.types(), id))
    }

    fn of_type(types: &PortableRegistry, id: u32) -> Result<Self, DecodeError> {
        let Some([netuid, rest @ ..]) = option(types, id).and_then(|inner| fields(types, inner))
        else {
            return expected("an optional struct", types, id);
        };
        let mut options = Vec::with_capacity(rest.len());
        for field in rest {
            let Some(inner) = option(types, field.ty.id) else {
                return expected("an option", types, field.ty.id);
            };
            let name = field.name.as_deref().unwrap_or_default();
            options.push((Part::named(name), inner));
        }
        let exact = Compact::<u16>::matches(types, netuid.ty.id)
            && options.iter().all(|(part, id)| part.matches(types, *id));
        Ok(Self {
            netuid: netuid.ty.id,
            options,
            exact,
        })
    }

    /// Whether the parts that are needed have the types that we know.
    pub(crate) fn is_exact(&self) -> bool {
        self.exact
    }

    /// The same, never read the static way.
    pub(crate) fn by_name(self) -> Self {
        Self {
            exact: false,
            ..self
        }
    }

    /// `None`: there is no such subnet.
    pub(crate) fn decode(
        &self,
        mut bytes: &[u8],
        types: &PortableRegistry,
    ) -> Result<Option<Metagraph>, DecodeError> {
        let input = &mut bytes;
        let metagraph = match u8::decode(input)? {
            0 => None,
            1 => Some(self.read(input, types)?),
            _ => {
                return Err(DecodeError::Inconsistent(
                    "an option is neither none nor some",
                ));
            }
        };
        match input.len() {
            0 => Ok(metagraph),
            left => Err(DecodeError::LeftOver(left)),
        }
    }

    fn read(&self, input: &mut &[u8], types: &PortableRegistry) -> Result<Metagraph, DecodeError> {
        let Compact(netuid) = self.value::<Compact<u16>>(input, types, self.netuid)?;
        let (mut block, mut hotkeys) = (None, None);
        let (mut registered, mut alpha, mut tao, mut total) = (None, None, None, None);
        for (part, id) in &self.options {
            match u8::decode(input)? {
                0 => continue,
                1 => {}
                _ => {
                    return Err(DecodeError::Inconsistent(
                        "an option is neither none nor some",
                    ));
                }
            }
            let column = match part {
                Part::Block => {
                    block = Some(self.value::<Compact<u64>>(input, types, *id)?.0);
                    continue;
                }
                Part::Hotkeys => {
                    hotkeys = Some(self.value::<Vec<[u8; 32]>>(input, types, *id)?);
                    continue;
                }
                Part::Other => {
                    skip(input, types, *id)?;
                    continue;
                }
                Part::BlockAtRegistration => &mut registered,
                Part::AlphaStake => &mut alpha,
                Part::TaoStake => &mut tao,
                Part::TotalStake => &mut total,
            };
            *column = Some(self.value::<Column>(input, types, *id)?);
        }
        Ok(Metagraph {
            netuid,
            block: block.ok_or(DecodeError::MissingField("block"))?,
            hotkeys,
            block_at_registration: registered,
            alpha_stake: alpha,
            tao_stake: tao,
            total_stake: total,
        })
    }

    fn value<T: Wire>(
        &self,
        input: &mut &[u8],
        types: &PortableRegistry,
        id: u32,
    ) -> Result<T, DecodeError> {
        if self.exact {
            Ok(T::decode(input)?)
        } else {
            T::by_name(input, types, id)
        }
    }
}

#[cfg(test)]
mod tests {
    use codec::Encode;
    use scale_info::{MetaType, Registry, TypeInfo};

    use super::*;
    use crate::decode::neurons;

    /// As the real one, with fewer parts that are not needed, and one appended as in spec 435.
    #[derive(TypeInfo, Encode)]
    struct SelectiveMetagraph {
        #[codec(compact)]
        netuid: u16,
        name: Option<Vec<Compact<u8>>>,
        block: Option<Compact<u64>>,
        block_at_registration: Option<Vec<Compact<u64>>>,
        alpha_stake: Option<Vec<Compact<u64>>>,
        tao_stake: Option<Vec<Compact<u64>>>,
        total_stake: Option<Vec<Compact<u64>>>,
        collateral: Option<Vec<Compact<u64>>>,
    }

    fn filled() -> SelectiveMetagraph {
        let column = |value: u64| Some(vec![Compact(value), Compact(value + 1)]);
        SelectiveMetagraph {
            netuid: 42,
            name: None,
            block: Some(Compact(200)),
            block_at_registration: column(10),
            alpha_stake: column(20),
            tao_stake: column(30),
            total_stake: column(40),
            collateral: None,
        }
    }

    fn layout() -> (PortableRegistry, MetagraphLayout) {
        let mut registry = Registry::new();
        let id = registry
            .register_type(&MetaType::new::<Option<SelectiveMetagraph>>())
            .id;
        let types = PortableRegistry::from(registry);
        let layout = MetagraphLayout::of_type(&types, id).unwrap();
        (types, layout)
    }

    #[test]
    fn parts_that_were_appended_change_nothing() {
        let (types, layout) = layout();
        assert!(layout.is_exact());
        for layout in [layout.clone(), layout.by_name()] {
            let read = layout
                .decode(&Some(filled()).encode(), &types)
                .unwrap()
                .unwrap();
            assert_eq!((read.netuid, read.block), (42, 200));
            assert_eq!(read.total_stake, Some(vec![Compact(40), Compact(41)]));
            assert_eq!(
                layout
                    .decode(&None::<SelectiveMetagraph>.encode(), &types)
                    .unwrap(),
                None
            );
        }
    }

    #[test]
    fn parts_that_were_not_asked_for_are_passed_over() {
        let (types, layout) = layout();
        let talkative = SelectiveMetagraph {
            name: Some(vec![Compact(104), Compact(105)]),
            collateral: Some(vec![Compact(1)]),
            ..filled()
        };
        let read = layout
            .decode(&Some(talkative).encode(), &types)
            .unwrap()
            .unwrap();
        assert_eq!(read.tao_stake, Some(vec![Compact(30), Compact(31)]));
    }

    #[test]
    fn a_part_that_was_asked_for_and_not_given_is_named() {
        let (types, layout) = layout();
        let silent = SelectiveMetagraph {
            tao_stake: None,
            ..filled()
        };
        let read = layout.decode(&Some(silent).encode(), &types).unwrap();
        assert!(matches!(
            neurons(Vec::new(), &read.unwrap()),
            Err(DecodeError::MissingField("tao_stake"))
        ));
    }

    #[test]
    fn a_metagraph_that_is_no_optional_struct_is_refused() {
        let mut registry = Registry::new();
        let id = registry.register_type(&MetaType::new::<Vec<u8>>()).id;
        let types = PortableRegistry::from(registry);
        assert!(matches!(
            MetagraphLayout::of_type(&types, id),
            Err(DecodeError::Type {
                found: "a list",
                ..
            })
        ));
    }
}
