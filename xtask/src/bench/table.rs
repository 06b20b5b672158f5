//! Tables in Markdown that are also readable as they are.

/// A table in the making.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub fn new(headings: &[&str]) -> Table {
        Table { rows: vec![headings.iter().map(|&heading| heading.to_owned()).collect()] }
    }

    /// Adds a row, with as many cells as there are headings.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// The first column is set to the left, all others to the right.
    pub fn render(&self) -> String {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut out = String::new();
        for (i, row) in self.rows.iter().enumerate() {
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let cell =
                    if column == 0 { format!("| {cell:width$} ") } else { format!("| {cell:>width$} ") };
                out.push_str(&cell);
            }
            out.push_str("|\n");
            if i == 0 {
                for (column, width) in widths.iter().enumerate() {
                    let dashes = "-".repeat(width + 1);
                    out.push_str(&if column == 0 { format!("|{dashes}-") } else { format!("|{dashes}:") });
                }
                out.push_str("|\n");
            }
        }
        out
    }
}

/// Whether a value reached a target of two decimal places.
pub fn verdict(value: f64, target: f64) -> String {
    let reached = (value * 100.0).round() <= (target * 100.0).round();
    if reached { "met" } else { "missed" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Table, verdict};

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(&["what", "ns"]);
        table.row(["a call".into(), "7".into()]);
        assert_eq!(table.render(), "| what   | ns |\n|--------|---:|\n| a call |  7 |\n");
    }

    #[test]
    fn targets_have_two_places() {
        assert_eq!(verdict(1.004, 1.0), "met");
        assert_eq!(verdict(1.006, 1.0), "missed");
    }
}
