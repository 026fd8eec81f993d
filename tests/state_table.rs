//! The tables of chapter 5 and the functions that decide by them are the same, cell by
//! cell.

use std::fmt::Display;

use conexion::session::state::{Answer, Oldest, State, Trigger, client_cell, server_cell};

#[expect(dead_code, reason = "other tests read the requirements")]
mod specification;

/// Prints a matrix in the form of the table that begins with `corner`.
fn matrix<R: Copy + Display, C: Copy + Display, X: Display>(
    corner: &str,
    rows: &[R],
    columns: &[C],
    cell: impl Fn(R, C) -> X,
) -> Vec<Vec<String>> {
    let head = columns.iter().map(C::to_string);
    let mut table = vec![std::iter::once(corner.to_owned()).chain(head).collect::<Vec<_>>()];
    table.extend(rows.iter().map(|&row| {
        let cells = columns.iter().map(|&column| cell(row, column).to_string());
        std::iter::once(row.to_string()).chain(cells).collect()
    }));
    table
}

/// The table of the specification with this head, its head included.
fn specified(head: &[String]) -> Vec<Vec<String>> {
    let names: Vec<_> = head.iter().map(String::as_str).collect();
    let body = specification::table(&names);
    let rows = body.iter().map(|row| row.iter().map(ToString::to_string).collect());
    std::iter::once(head.to_vec()).chain(rows).collect()
}

#[test]
fn the_servers_table_is_the_specifications() {
    let matrix = matrix("state", &State::ROWS, &Trigger::COLUMNS, server_cell);
    assert_eq!(matrix, specified(&matrix[0]));
    assert_eq!(matrix.iter().skip(1).map(|row| row.len() - 1).sum::<usize>(), 21);
}

#[test]
fn the_clients_table_is_the_specifications() {
    let matrix = matrix("oldest request", &Oldest::ROWS, &Answer::COLUMNS, client_cell);
    assert_eq!(matrix, specified(&matrix[0]));
    assert_eq!(matrix.iter().skip(1).map(|row| row.len() - 1).sum::<usize>(), 49);
}

#[test]
fn nothing_leads_out_of_closed() {
    for trigger in Trigger::COLUMNS {
        let cell = server_cell(State::Closed, trigger);
        assert_eq!((cell.then, cell.refused), (State::Closed, None), "{trigger}");
    }
}
