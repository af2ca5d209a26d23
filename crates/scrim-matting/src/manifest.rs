//! What a model file is and how to feed it: the TOML text beside an ONNX file.

use serde::Deserialize;

/// A model's manifest, as `models/README.md` describes it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// The name that users see.
    pub(crate) name: String,
    /// Which of a family of weights.
    #[serde(default)]
    pub(crate) variant: Option<String>,
    /// The licence of the weights, as an SPDX expression.
    #[serde(default)]
    pub(crate) licence: Option<String>,
    /// What it is for, in a sentence or two.
    #[serde(default)]
    pub(crate) description: Option<String>,
    /// Who made it, from what.
    #[serde(default)]
    pub(crate) source: Option<String>,
    /// SHA-256 of the ONNX file in hexadecimal.
    #[serde(default)]
    pub(crate) sha256: Option<String>,
    /// The picture that goes in.
    #[serde(default)]
    pub(crate) input: InputSpec,
    /// The matte that comes out.
    #[serde(default)]
    pub(crate) output: OutputSpec,
}

/// How pixels become the input tensor, float32 `[1, 3, height, width]` in the order red, green, blue.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct InputSpec {
    /// The tensor's name; without one the model must have a single input.
    pub(crate) tensor: Option<String>,
    /// Subtracted from the red, green and blue codes, 0 to 255.
    pub(crate) mean: [f32; 3],
    /// What the differences are divided by.
    pub(crate) scale: [f32; 3],
    /// Sides are multiples of this, 1 to 256.
    pub(crate) side_multiple: u32,
}

/// The output tensor, float32 `[1, 1, height, width]`, alpha from 0 to 1.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OutputSpec {
    /// The tensor's name; without one the model must have a single output.
    pub(crate) tensor: Option<String>,
}

impl Default for InputSpec {
    /// MODNet's contract, from its published scripts: `(x − 127.5) / 127.5`, both sides multiples of 32.
    fn default() -> Self {
        Self {
            tensor: None,
            mean: [127.5; 3],
            scale: [127.5; 3],
            side_multiple: 32,
        }
    }
}

impl Manifest {
    /// MODNet's contract under a file's own name, for a file that comes without a manifest.
    pub(crate) fn of_unknown_modnet(name: &str) -> Self {
        Self {
            name: name.into(),
            variant: None,
            licence: None,
            description: None,
            source: None,
            sha256: None,
            input: InputSpec::default(),
            output: OutputSpec::default(),
        }
    }

    /// Reads and checks a manifest; the error is a sentence that fits after the file's name.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let manifest: Self =
            toml::from_str(text).map_err(|e| e.to_string().trim_end().to_owned())?;
        let InputSpec {
            mean,
            scale,
            side_multiple,
            ..
        } = &manifest.input;
        if manifest.name.trim().is_empty() {
            return Err("`name` is empty".into());
        }
        if !mean.iter().all(|v| v.is_finite()) {
            return Err(format!("`input.mean` is {mean:?}; each must be a number"));
        }
        if !scale.iter().all(|v| v.is_finite() && *v != 0.0) {
            return Err(format!(
                "`input.scale` is {scale:?}; each must be a number other than 0"
            ));
        }
        if !(1..=256).contains(side_multiple) {
            return Err(format!(
                "`input.side_multiple` is {side_multiple}; it must be 1 to 256"
            ));
        }
        if let Some(digest) = &manifest.sha256
            && (digest.len() != 64 || !digest.bytes().all(|b| b.is_ascii_hexdigit()))
        {
            return Err(format!(
                "`sha256` is \"{digest}\"; it must be 64 hexadecimal digits"
            ));
        }
        Ok(manifest)
    }

    /// The name with the variant, as the panel shows it.
    pub(crate) fn title(&self) -> String {
        match &self.variant {
            Some(variant) => format!("{} ({variant})", self.name),
            None => self.name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "a number read from text is exact")]
    fn a_name_is_enough_and_means_modnet() {
        let manifest = Manifest::parse("name = \"X\"").unwrap();
        assert_eq!(manifest, Manifest::of_unknown_modnet("X"));
        assert_eq!(manifest.input.mean, [127.5; 3]);
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "a number read from text is exact")]
    fn every_field_is_read() {
        let manifest = Manifest::parse(&format!(
            "name = \"N\"\nvariant = \"webcam\"\nlicence = \"MIT\"\ndescription = \"d\"\nsource = \"s\"\n\
             sha256 = \"{}\"\n[input]\ntensor = \"in\"\nmean = [123.7, 116.3, 103.5]\nscale = [58.4, 57.1, 57.4]\n\
             side_multiple = 16\n[output]\ntensor = \"out\"\n",
            "ab".repeat(32)
        ))
        .unwrap();
        assert_eq!(manifest.title(), "N (webcam)");
        assert_eq!(manifest.input.side_multiple, 16);
        assert_eq!(manifest.output.tensor.as_deref(), Some("out"));
        assert_eq!(manifest.input.scale[2], 57.4);
    }

    #[test]
    fn faults_are_named() {
        for (text, word) in [
            ("", "name"),
            ("name = \"\"", "`name`"),
            ("name = \"X\"\nnmae = 1", "nmae"),
            (
                "name = \"X\"\n[input]\nscale = [1.0, 0.0, 1.0]",
                "`input.scale`",
            ),
            (
                "name = \"X\"\n[input]\nmean = [nan, 0.0, 1.0]",
                "`input.mean`",
            ),
            ("name = \"X\"\n[input]\nmean = [1.0]", "mean"),
            (
                "name = \"X\"\n[input]\nside_multiple = 0",
                "`input.side_multiple`",
            ),
            ("name = \"X\"\nsha256 = \"abc\"", "64 hexadecimal"),
            ("name = ", "line 1"),
        ] {
            let error = Manifest::parse(text).unwrap_err();
            assert!(error.contains(word), "{text:?} gave {error:?}");
        }
    }
}
