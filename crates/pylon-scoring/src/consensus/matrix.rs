//! Sparse matrices: a row for each uid, entries in the order in which they were stored.

use super::fixed::{Fixed, at, sum};

/// A row's entries: column and value.
pub(super) type Entries = Vec<(usize, Fixed)>;

/// Rows by uid.
pub(super) type Matrix = Vec<Entries>;

/// The matrix with every value, of which the row, the column and the value are given, changed.
pub(super) fn map(rows: &Matrix, change: impl Fn(usize, usize, Fixed) -> Fixed) -> Matrix {
    let row = |(i, row): (usize, &Entries)| {
        let row = row.iter();
        row.map(|(j, value)| (*j, change(i, *j, *value))).collect()
    };
    rows.iter().enumerate().map(row).collect()
}

/// A row with all its columns; of several values of a column the last one.
pub(super) fn dense(row: &Entries, size: usize) -> Vec<Fixed> {
    let mut values = vec![Fixed::ZERO; size];
    for (j, value) in row {
        if let Some(place) = values.get_mut(*j) {
            *place = *value;
        }
    }
    values
}

/// The columns of a row that are above nothing, in ascending order.
pub(super) fn sparse(values: impl IntoIterator<Item = Fixed>) -> Entries {
    let values = values.into_iter().enumerate();
    values.filter(|(_, value)| *value > Fixed::ZERO).collect()
}

/// The sum of each row.
pub(super) fn row_sums(rows: &Matrix) -> Vec<Fixed> {
    let values = |row: &Entries| sum(row.iter().map(|(_, value)| *value));
    rows.iter().map(values).collect()
}

/// What `fold` makes of each column's values, starting from nothing.
fn fold_columns(rows: &Matrix, size: usize, fold: impl Fn(Fixed, Fixed) -> Fixed) -> Vec<Fixed> {
    let mut columns = vec![Fixed::ZERO; size];
    for (j, value) in rows.iter().flatten() {
        if let Some(column) = columns.get_mut(*j) {
            *column = fold(*column, *value);
        }
    }
    columns
}

/// The sum of each column.
pub(super) fn column_sums(rows: &Matrix, size: usize) -> Vec<Fixed> {
    fold_columns(rows, size, Fixed::plus)
}

fn columns_over(rows: &Matrix, divisors: &[Fixed]) -> Matrix {
    map(rows, |_, j, value| match at(divisors, j) {
        Fixed::ZERO => value,
        divisor => value.over(divisor),
    })
}

/// Values as parts of their column's sum, unless that is nothing.
pub(super) fn columns_normalized(rows: &Matrix, size: usize) -> Matrix {
    columns_over(rows, &column_sums(rows, size))
}

/// Values as parts of their column's greatest, unless that is nothing.
pub(super) fn columns_upscaled(rows: &Matrix, size: usize) -> Matrix {
    columns_over(rows, &fold_columns(rows, size, Fixed::max))
}

/// Values as parts of their row's sum, unless that is nothing.
pub(super) fn rows_normalized(rows: &Matrix) -> Matrix {
    let sums = row_sums(rows);
    map(rows, |i, _, value| match at(&sums, i) {
        Fixed::ZERO => value,
        sum => value.over(sum),
    })
}
