//! Shaders without a GPU: naga accepts them, and their parameters lie where the Rust structs put them.

use std::mem::offset_of;

use naga::valid::{Capabilities, ValidationFlags, Validator};

use super::ALL;
use crate::params::{
    CellParams, DecodeParams, EncodeParams, GuidedParams, MixParams, PreviewParams, ResizeParams,
};
use crate::pass::Read;

/// Name, size and fields of a parameter struct.
type Layout = (&'static str, usize, Vec<(&'static str, usize)>);

macro_rules! layout {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        (
            stringify!($name),
            size_of::<$name>(),
            vec![$((stringify!($field), offset_of!($name, $field))),+],
        )
    };
}

fn layouts() -> Vec<Layout> {
    vec![
        layout!(DecodeParams {
            size,
            strip,
            _pad,
            red,
            green,
            blue
        }),
        layout!(GuidedParams {
            frame,
            matte,
            radius,
            epsilon,
            taps,
            _pad
        }),
        layout!(MixParams {
            size,
            mirror,
            dithered,
            top,
            bottom,
            cell_px,
            _pad_x,
            _pad_y,
            _pad_z
        }),
        layout!(PreviewParams {
            size,
            mirror,
            view,
            line_x,
            line_half_px,
            square_px,
            _pad,
        }),
        layout!(ResizeParams {
            source,
            out_size,
            scale,
            origin
        }),
        layout!(EncodeParams {
            size,
            _pad_x,
            _pad_y,
            luma,
            blue_difference,
            red_difference
        }),
        layout!(CellParams {
            frame,
            cells,
            cell_px,
            step_px,
            radius,
            sigma
        }),
    ]
}

fn parsed(label: &str, wgsl: &str) -> naga::Module {
    naga::front::wgsl::parse_str(wgsl)
        .unwrap_or_else(|error| panic!("{label}: {}", error.emit_to_string(wgsl)))
}

#[test]
fn every_shader_is_valid() {
    for (recipe, _) in ALL {
        let module = parsed(recipe.label, recipe.wgsl);
        Validator::new(ValidationFlags::all(), Capabilities::empty())
            .validate(&module)
            .unwrap_or_else(|error| panic!("{}: {error:?}", recipe.label));
        for entry in ["cover", "main"] {
            assert!(
                module.entry_points.iter().any(|point| point.name == entry),
                "{} has no {entry}",
                recipe.label
            );
        }
    }
}

#[test]
fn parameters_lie_where_the_shaders_read_them() {
    for (recipe, params) in ALL {
        let (name, size, fields) = layouts()
            .into_iter()
            .find(|layout| layout.0 == *params)
            .expect("every parameter struct has a layout here");
        assert_eq!(size % 16, 0, "{name}");
        let module = parsed(recipe.label, recipe.wgsl);
        let declared = module
            .types
            .iter()
            .find(|(_, ty)| ty.name.as_deref() == Some(name));
        let Some((_, ty)) = declared else {
            let reads_params = module
                .global_variables
                .iter()
                .any(|(_, global)| global.space == naga::AddressSpace::Uniform);
            assert!(
                !reads_params,
                "{} reads something else than {name}",
                recipe.label
            );
            continue;
        };
        let naga::TypeInner::Struct { members, span } = &ty.inner else {
            panic!("{name} is no struct");
        };
        assert_eq!(*span as usize, size, "{name} in {}", recipe.label);
        let have: Vec<_> = members
            .iter()
            .map(|m| (m.name.as_deref().unwrap_or(""), m.offset as usize))
            .collect();
        assert_eq!(have, fields, "{name} in {}", recipe.label);
    }
}

#[test]
fn textures_are_bound_as_the_recipes_say() {
    for (recipe, _) in ALL {
        let module = parsed(recipe.label, recipe.wgsl);
        let mut arrays: Vec<_> = module
            .global_variables
            .iter()
            .filter_map(|(_, global)| {
                let binding = global.binding.as_ref()?;
                match module.types[global.ty].inner {
                    naga::TypeInner::Image { arrayed, .. } => Some((binding.binding, arrayed)),
                    _ => None,
                }
            })
            .collect();
        arrays.sort_unstable();
        let expected: Vec<_> = (2..)
            .zip(recipe.reads)
            .map(|(binding, read)| (binding, *read == Read::Layers))
            .collect();
        assert_eq!(arrays, expected, "{}", recipe.label);
    }
}
