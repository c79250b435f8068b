//! The golden files.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use zemosaic_wcs::{Cards, Table};

/// A header as a map, and the lookup tables of its file.
#[derive(Clone, Debug, Default)]
pub struct Header(pub BTreeMap<String, Value>, Value);

impl Header {
    pub fn scale(&mut self, key: &str, factor: f64) {
        let value = self.number(key).expect("the card is there") * factor;
        self.0.insert(key.to_owned(), value.into());
    }
}

impl Cards for Header {
    fn number(&self, key: &str) -> Option<f64> {
        self.0.get(key)?.as_f64()
    }

    fn text(&self, key: &str) -> Option<String> {
        Some(self.0.get(key)?.as_str()?.trim().to_owned())
    }

    fn texts(&self, key: &str) -> Vec<String> {
        let text = self.0.get(key).and_then(Value::as_str);
        text.into_iter().map(str::to_owned).collect()
    }

    fn table(&self, name: &str, version: u32) -> Result<Table, String> {
        let table = &self.1[format!("{name},{version}")];
        let numbers = |key: &str| -> Vec<f64> {
            let list = table[key].as_array().expect("a table of the golden file");
            list.iter().filter_map(Value::as_f64).collect()
        };
        let pair = |key: &str| <[f64; 2]>::try_from(numbers(key)).expect("two numbers");
        Ok(Table {
            size: pair("size").map(|n| n as usize),
            values: numbers("values").into_iter().map(|v| v as f32).collect(),
            crpix: pair("crpix"),
            crval: pair("crval"),
            cdelt: pair("cdelt"),
        })
    }
}

/// One case; `None` where astropy has no answer.
pub struct Case {
    pub name: String,
    pub size: (usize, usize),
    pub cards: Header,
    pub pixel: Vec<[f64; 2]>,
    pub world: Vec<Option<[f64; 2]>>,
    pub icrs: Option<Vec<Option<[f64; 2]>>>,
    pub sky: Vec<[f64; 2]>,
    pub at: Vec<Option<[f64; 2]>>,
    /// Pixels and degrees to which the reference itself is right, where that is less than usual.
    pub px: Option<f64>,
    pub deg: Option<f64>,
}

/// All cases of all files.
pub fn all() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/wcs");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the goldens are in tests/golden/wcs")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    paths.sort();
    paths
        .iter()
        .flat_map(|path| {
            let text = std::fs::read_to_string(path).expect("a readable golden");
            let cases: Vec<Value> = serde_json::from_str(&text).expect("a JSON array");
            cases
                .into_iter()
                .map(|value| case(&value))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn case(value: &Value) -> Case {
    let cards = value["cards"].as_object().expect("cards").clone();
    let sides = value["size"].as_array().expect("size");
    let side = |k: usize| sides[k].as_u64().expect("a whole number") as usize;
    let known = |key: &str| {
        pairs(&value[key])
            .into_iter()
            .map(|p| p.expect("no null here"))
            .collect()
    };
    Case {
        name: value["name"].as_str().expect("name").to_owned(),
        size: (side(0), side(1)),
        cards: Header(cards.into_iter().collect(), value["tables"].clone()),
        pixel: known("pixel"),
        world: pairs(&value["world"]),
        icrs: value["icrs"].is_array().then(|| pairs(&value["icrs"])),
        sky: known("sky"),
        at: pairs(&value["at"]),
        px: value["px"].as_f64(),
        deg: value["deg"].as_f64(),
    }
}

fn pairs(value: &Value) -> Vec<Option<[f64; 2]>> {
    let numbers: Vec<Option<f64>> = value
        .as_array()
        .expect("an array")
        .iter()
        .map(Value::as_f64)
        .collect();
    numbers
        .chunks_exact(2)
        .map(|p| Some([p[0]?, p[1]?]))
        .collect()
}
