//! Whether a model is a MODNet as far as this program is concerned: what goes in and what comes out.

use ort::session::Session;
use ort::value::{Outlet, TensorElementType, ValueType};

use crate::manifest::Manifest;

/// The names and the fixed sides of a model that keeps the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contract {
    pub(crate) input: String,
    pub(crate) output: String,
    /// Width and height where the model fixes them.
    pub(crate) fixed: (Option<u32>, Option<u32>),
}

/// An input or output as the model declares it; −1 is a side that varies.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Port {
    name: String,
    shape: Result<Vec<i64>, String>,
}

const EXPECTED_INPUT: &str = "float32 [1, 3, height, width]";
const EXPECTED_OUTPUT: &str = "float32 [1, 1, height, width]";

impl Contract {
    /// Reads the session's declarations; the error is a sentence that fits after the model's name.
    pub(crate) fn of(session: &Session, manifest: &Manifest) -> Result<Self, String> {
        let inputs: Vec<_> = session.inputs().iter().map(Port::of).collect();
        let outputs: Vec<_> = session.outputs().iter().map(Port::of).collect();
        Self::check(&inputs, &outputs, manifest)
    }

    fn check(inputs: &[Port], outputs: &[Port], manifest: &Manifest) -> Result<Self, String> {
        let input = select(
            inputs,
            manifest.input.tensor.as_deref(),
            "input",
            EXPECTED_INPUT,
        )?;
        if inputs.len() > 1 {
            return Err(format!(
                "has {} inputs ({}); this program feeds one picture, {EXPECTED_INPUT}",
                inputs.len(),
                names(inputs)
            ));
        }
        let output = select(
            outputs,
            manifest.output.tensor.as_deref(),
            "output",
            EXPECTED_OUTPUT,
        )?;
        let from = input.sides(3, "input", EXPECTED_INPUT)?;
        let to = output.sides(1, "output", EXPECTED_OUTPUT)?;
        for (side, from, to) in [("width", from.0, to.0), ("height", from.1, to.1)] {
            if let (Some(from), Some(to)) = (from, to)
                && from != to
            {
                return Err(format!(
                    "gives a matte whose {side} is {to} for a picture whose {side} is {from}; they must be equal"
                ));
            }
        }
        Ok(Self {
            input: input.name.clone(),
            output: output.name.clone(),
            fixed: from,
        })
    }
}

fn select<'p>(
    ports: &'p [Port],
    wanted: Option<&str>,
    what: &str,
    expected: &str,
) -> Result<&'p Port, String> {
    match (wanted, ports) {
        (Some(wanted), _) => ports
            .iter()
            .find(|port| port.name == wanted)
            .ok_or_else(|| {
                format!(
                    "has no {what} \"{wanted}\", which its manifest names; it has {}",
                    names(ports)
                )
            }),
        (None, [only]) => Ok(only),
        (None, []) => Err(format!("has no {what}; it must have {expected}")),
        (None, _) => Err(format!(
            "has {} {what}s ({}); a manifest beside it must name the one to use",
            ports.len(),
            names(ports)
        )),
    }
}

fn names(ports: &[Port]) -> String {
    let names: Vec<_> = ports
        .iter()
        .map(|port| format!("\"{}\"", port.name))
        .collect();
    names.join(", ")
}

impl Port {
    fn of(outlet: &Outlet) -> Self {
        let shape = match outlet.dtype() {
            ValueType::Tensor {
                ty: TensorElementType::Float32,
                shape,
                ..
            } => Ok(shape.to_vec()),
            other => Err(other.to_string()),
        };
        Self {
            name: outlet.name().into(),
            shape,
        }
    }

    /// The fixed width and height of `[1, channels, height, width]`.
    fn sides(
        &self,
        channels: i64,
        what: &str,
        expected: &str,
    ) -> Result<(Option<u32>, Option<u32>), String> {
        let refuse = |found: &str| {
            Err(format!(
                "has the {what} \"{}\" of {found}; it must be {expected}",
                self.name
            ))
        };
        let shape = match &self.shape {
            Ok(shape) => shape,
            Err(kind) => return refuse(kind),
        };
        let side = |side: i64| u32::try_from(side).ok();
        match shape[..] {
            [batch, planes, height, width]
                if (batch == 1 || batch < 0)
                    && (planes == channels || planes < 0)
                    && height != 0
                    && width != 0
                    && height <= i64::from(scrim_frame::Size::MAX_SIDE)
                    && width <= i64::from(scrim_frame::Size::MAX_SIDE) =>
            {
                Ok((side(width), side(height)))
            }
            _ => refuse(&format!("float32 {}", shape_text(shape))),
        }
    }
}

/// A shape for people: `[1, 3, ?, ?]`.
pub(crate) fn shape_text(shape: &[i64]) -> String {
    let sides: Vec<_> = shape
        .iter()
        .map(|side| {
            if *side < 0 {
                "?".into()
            } else {
                side.to_string()
            }
        })
        .collect();
    format!("[{}]", sides.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(name: &str, shape: &[i64]) -> Port {
        Port {
            name: name.into(),
            shape: Ok(shape.to_vec()),
        }
    }

    fn modnet() -> Manifest {
        Manifest::of_unknown_modnet("M")
    }

    #[test]
    fn the_official_exports_fit() {
        let contract = Contract::check(
            &[port("input", &[-1, 3, -1, -1])],
            &[port("output", &[-1, 1, -1, -1])],
            &modnet(),
        );
        assert_eq!(
            contract.unwrap(),
            Contract {
                input: "input".into(),
                output: "output".into(),
                fixed: (None, None)
            }
        );
    }

    #[test]
    fn a_fixed_shape_is_kept() {
        let contract = Contract::check(
            &[port("x", &[1, 3, 288, 512])],
            &[port("y", &[1, 1, 288, 512])],
            &modnet(),
        );
        assert_eq!(contract.unwrap().fixed, (Some(512), Some(288)));
    }

    #[test]
    fn everything_else_is_refused_by_what_was_found() {
        let picture = || port("input", &[1, 3, -1, -1]);
        let matte = || port("output", &[1, 1, -1, -1]);
        let integers = Port {
            name: "input".into(),
            shape: Err("Tensor<u8>".into()),
        };
        for (inputs, outputs, word) in [
            (vec![], vec![matte()], "has no input"),
            (vec![picture()], vec![], "has no output"),
            (
                vec![picture(), port("state", &[1])],
                vec![matte()],
                "2 inputs",
            ),
            (
                vec![picture()],
                vec![matte(), port("fgr", &[1])],
                "2 outputs",
            ),
            (vec![port("i", &[1, 3, 224])], vec![matte()], "[1, 3, 224]"),
            (
                vec![port("i", &[1, 4, -1, -1])],
                vec![matte()],
                "[1, 4, ?, ?]",
            ),
            (
                vec![port("i", &[1, -1, -1, 3])],
                vec![port("o", &[1, -1, -1, 1, 1])],
                "[1, ?, ?, 1, 1]",
            ),
            (
                vec![port("i", &[4, 3, -1, -1])],
                vec![matte()],
                "[4, 3, ?, ?]",
            ),
            (
                vec![picture()],
                vec![port("o", &[1, 21, -1, -1])],
                "[1, 21, ?, ?]",
            ),
            (vec![integers], vec![matte()], "Tensor<u8>"),
            (
                vec![port("i", &[1, 3, 64, 64])],
                vec![port("o", &[1, 1, 32, 64])],
                "height is 32 for a picture whose height is 64",
            ),
        ] {
            let error = Contract::check(&inputs, &outputs, &modnet()).unwrap_err();
            assert!(error.contains(word), "{error:?} lacks {word:?}");
        }
    }

    #[test]
    fn a_manifest_chooses_among_outputs_and_must_be_right() {
        let outputs = [port("fgr", &[1, 3, -1, -1]), port("pha", &[1, 1, -1, -1])];
        let inputs = [port("src", &[1, 3, -1, -1])];
        let mut manifest = modnet();
        manifest.output.tensor = Some("pha".into());
        let contract = Contract::check(&inputs, &outputs, &manifest).unwrap();
        assert_eq!(contract.output, "pha");
        manifest.output.tensor = Some("alpha".into());
        let error = Contract::check(&inputs, &outputs, &manifest).unwrap_err();
        assert!(
            error.contains("\"alpha\"") && error.contains("\"fgr\", \"pha\""),
            "{error}"
        );
    }
}
