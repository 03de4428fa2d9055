"""Files and pasted text of every kind: the right columns of numbers, a question, or one clear sentence."""

import csv
import json
import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui import dialects
from ui import tables

from ..budget import cases

NAN = math.nan


def values(content, column=None, **overruled):
    table = tables.read(content, **overruled)
    return table.columns[column or table.default].values.tolist()


def same(found, expected):
    return np.array_equal(np.array(found, float), np.array(expected, float), equal_nan=True)


# -- what the whole kind must do --------------------------------------------------------------------------------------


def outcome(file):
    try:
        table = tables.read(file.content)
    except tables.UnusableError:
        return "refused"
    found = [column.values for column in table.columns.values()][file.counted :]
    if len(found) == len(file.columns) and all(map(same, found, file.columns)):
        return "right"
    # That the encoding or a sentinel is in doubt is no question about the numbers.
    return "asked" if table.doubtful & {"separator", "decimal", "header"} else "wrong"


@pytest.mark.slow
def test_files_in_200_dialects_are_read_right_or_asked_about():
    files = [dialects.file(seed) for seed in range(200)]
    outcomes = [outcome(file) for file in files]
    assert [file.recipe for file, one in zip(files, outcomes, strict=True) if one in {"wrong", "refused"}] == []
    assert Counter(outcomes)["right"] >= 190


@given(
    st.lists(st.floats(-1e15, 1e15).map(lambda x: x + 0.0), min_size=3, max_size=30),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(".,"),
)
@cases(60)
def test_what_pandas_writes_comes_back_bit_for_bit(numbers, separator, decimal):
    frame = pd.DataFrame({"word": ["a"] * len(numbers), "value": numbers})
    text = frame.to_csv(index=False, sep=separator, decimal=decimal)
    assert values(text, "value", missing=()) == numbers


@given(
    st.one_of(
        st.text(max_size=200), st.text("0123456789.,;-'\n\t [](){}=ae#\"% \xa0", max_size=200), st.binary(max_size=200)
    )
)
@cases(400)
def test_any_text_is_a_table_or_gets_one_sentence(content):
    try:
        table = tables.read(content)
    except tables.UnusableError as error:
        sentence = str(error)
    else:
        sentence = ""
    if sentence:
        assert sentence.endswith(".")
        assert "\n" not in sentence
        return
    assert table.default in table.columns
    assert len({len(column.values) for column in table.columns.values()}) == 1
    for column in table.columns.values():
        assert not np.isinf(column.values).any()
        assert len(column.values) - column.gaps >= 1


@pytest.mark.parametrize("seed", range(30))
def test_a_table_read_as_it_says_it_was_read_is_the_same(seed):
    content = dialects.file(seed).content
    table = tables.read(content)
    names = ("encoding", "separator", "decimal", "thousands", "header", "missing")
    again = tables.read(content, **{name: getattr(table, name) for name in names})
    assert list(again.columns) == list(table.columns)
    for name, column in table.columns.items():
        assert same(again.columns[name].values, column.values)


# -- decimal and thousands marks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Temperatur\n1,1\n2,2", [1.1, 2.2]),
        ("Temperatur\n-0,5\n12\n3,25", [-0.5, 12, 3.25]),
        ("day;x\nmon;1,5\ntue;2\nwed;3,5\n", [1.5, 2, 3.5]),
        ("day\tx\nmon\t1,5\ntue\t2,5\n", [1.5, 2.5]),
        ('day,x\nmon,"1,5"\ntue,"2,5"\n', [1.5, 2.5]),
        ("day,x\n2020-01-01,1,5\n2020-01-02,2,75\n", [1.5, 2.75]),
        ("day x\nmon 1,5\ntue 2,5\n", [1.5, 2.5]),
        ("1,5 2,5 3,5", [1.5, 2.5, 3.5]),
        ("1,5; 2,5; 3,5", [1.5, 2.5, 3.5]),
        ("1,5, 2,5, 3,5", [1.5, 2.5, 3.5]),
        ("x;y\n1.300;a\n999,50;b\n", [1300, 999.5]),
        ("x\n1.300\n999,50\n", [1300, 999.5]),
        ("x;y\n1.300;5,5\n2.400;6,5\n", [1300, 2400]),
        ("x\n1,300\n999.50\n", [1300, 999.5]),
        ("x\n1 300,5\n999,50\n", [1300.5, 999.5]),
        ("x\n1\xa0300,5\n999,50\n", [1300.5, 999.5]),
        ("x\n1\u202f300,5\n999,50\n", [1300.5, 999.5]),
        ("x\n1'300.5\n999.50\n", [1300.5, 999.5]),
        ("x\n1’300.5\n999.50\n", [1300.5, 999.5]),
        ("x;y\n1.234.567;a\n2.345.678;b\n", [1234567, 2345678]),
        ('x,y\n"12,34,567.5",a\n"1,00,000.0",b\n', [1234567.5, 100000]),
        ("x;y\n0,123;a\n1,234;b\n", [0.123, 1.234]),
        ("x;y\n1,234e3;a\n1,234;b\n", [1234, 1.234]),
        ("v\n−5\n−3.5\n2\n", [-5, -3.5, 2]),
        ("v\n1e-3\n2.5E+4\n.5\n7.\n", [0.001, 25000, 0.5, 7]),
    ],
)
def test_decimal_and_thousands_marks(content, expected):
    assert values(content) == expected


def test_a_decimal_mark_that_nothing_settles_is_asked_about_and_can_be_overruled():
    grouped = tables.read("x\n1.300\n950\n")
    assert grouped.columns["x"].values.tolist() == [1300, 950]
    assert grouped.doubtful == {"decimal"}
    assert "“1.300” in x was read as 1300; it could also be 1.300." in grouped.notes
    assert values("x\n1.300\n950\n", decimal=".") == [1.3, 950]
    fixed = tables.read("x\n1.300\n2.950\n")
    assert fixed.columns["x"].values.tolist() == [1.3, 2.95]
    assert fixed.doubtful == {"decimal"}
    assert values("x\n1.300\n2.950\n", decimal=",") == [1300, 2950]
    assert "decimal" not in tables.read("x\n1.300\n1500\n2.0\n").doubtful


def test_a_column_may_have_its_own_decimal_mark_and_says_so():
    table = tables.read("a;b\n1,5;2.25\n2,5;3.5\n3,5;4.5\n4,5;x\n")
    assert table.columns["a"].values.tolist() == [1.5, 2.5, 3.5, 4.5]
    assert same(table.columns["b"].values, [2.25, 3.5, 4.5, NAN])
    assert any("in b it is the point" in note for note in table.notes)


def test_thousands_can_be_overruled():
    assert values("x;y\n1 300;a\n2 400;b\n30;c\n40;d\n", thousands="") == pytest.approx([NAN, NAN, 30, 40], nan_ok=True)
    assert tables.read("x;y\n1 300;a\n30;c\n").thousands == " "


def test_commas_that_may_part_or_not_are_asked_about():
    pairs = tables.read("1,5\n2,7\n3,9\n")
    assert [column.values.tolist() for column in pairs.columns.values()] == [[1, 2, 3], [5, 7, 9]]
    assert pairs.doubtful == {"separator"}
    assert values("1,5\n2,7\n3,9\n", separator="") == [1.5, 2.7, 3.9]
    decimals = tables.read("1,5\n2,7\n2,9\n")
    assert decimals.columns["column 1"].values.tolist() == [1.5, 2.7, 2.9]
    assert decimals.doubtful == {"separator"}
    assert tables.read("a,b\n1,5\n2,7\n").doubtful == set()


def test_units_and_percent_signs_are_left_out_with_a_note():
    table = tables.read("day;x;y;z\n1;12,5 %;3 °C;$5\n2;7 %;4 °C;$6\n4;n/a;5 °C;$7\n")
    assert same(table.columns["x"].values, [12.5, 7, NAN])
    assert {name: column.unit for name, column in table.columns.items()} == {"day": "", "x": "%", "y": "°C", "z": "$"}
    assert "The unit “%” in x was left out: “12 %” is read as 12." in table.notes
    # A number that lacks the column's unit might be in another one.
    mixed = tables.read("v\n1.2k\n950\n800\n700\n")
    assert same(mixed.columns["v"].values, [NAN, 950, 800, 700])
    assert any("“1.2k” in v" in note for note in mixed.notes)


def test_a_number_in_parentheses_is_negative():
    table = tables.read("x\n(5.00)\n(1,200.50)\n7.00\n")
    assert table.columns["x"].values.tolist() == [-5, -1200.5, 7]
    assert any("“(5.00)”" in note for note in table.notes)


# -- encodings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding, end):
    table = tables.read(f"Größe;x{end}1,5;a{end}2,5;b{end}".encode(encoding))
    assert {name: column.values.tolist() for name, column in table.columns.items()} == {"Größe": [1.5, 2.5]}
    assert ("encoding" in table.doubtful) == (encoding == "cp1252")


def test_utf_16_begins_with_its_mark_of_either_order():
    assert values(b"\xfe\xff" + "x\n1\n2\n".encode("utf-16-be")) == [1, 2]
    assert values(b"\xff\xfe" + "x\n1\n2\n".encode("utf-16-le")) == [1, 2]
    assert values("ÿ\n1\n2\n".encode("latin-1"), "я", encoding="cp1251") == [1, 2]


# -- what stands around the table, and its names ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("above", "line"),
    [
        ("", 1),
        ("A title\n", 2),
        ("A title\n\nof two parts; and more\n\n", 5),
        ("sep=;\n", 2),
        ("# made; by\n# a program\n", 3),
        ("Station;Potsdam\nLatitude;52,38\nHeight;81\n\n", 5),
        ("Station;Latitude;Height\nPotsdam;52,38;81\n\n", 4),
        ("Title;;\n;;\n", 3),
    ],
)
def test_what_stands_above_the_table_is_not_the_table(above, line):
    table = tables.read(f"{above}date;x\n2020-01-01;1,5\n2020-01-02;2,5\n2020-01-03;4,5\n")
    assert {name: column.values.tolist() for name, column in table.columns.items()} == {"x": [1.5, 2.5, 4.5]}
    assert table.header == line
    plain = above.startswith(("sep", "#")) or not above
    assert any(note.startswith("Not read:") for note in table.notes) != plain


def test_what_stands_below_the_table_is_not_the_table():
    assert values("date,x\n2020-01-01,1\n2020-01-02,2\nSource: a service\n") == [1, 2]
    table = tables.read("month;x\nJan;1,5\nFeb;2,5\nTotal;4,0\n")
    assert table.columns["x"].values.tolist() == [1.5, 2.5]
    assert "Not read: 1 line below the table, from “Total 4,0” on." in table.notes
    two = tables.read("day,x\nmon,1\ntue,2\nwed,3\n\nday,y\nmon,7\ntue,8\n")
    assert two.columns["x"].values.tolist() == [1, 2, 3]
    assert "header" in two.doubtful


@pytest.mark.parametrize(
    ("content", "names", "asked"),
    [
        ("month,2019,2020\n1,10,20\n2,11,22\n4,5,6\n", ["month", "2019", "2020"], False),
        ("month,2019,2020\nJan,10,20\nFeb,11,22\n", ["2019", "2020"], True),
        (",0\n0,1.5\n1,2.5\n2,9.5\n", ["column 1", "0"], False),
        (",0,1\na,1.5,2\nb,2.5,2\n", ["0", "1"], False),
        ("0,1,2\n0.5,0.6,0.7\n0.1,0.2,0.3\n", ["0", "1", "2"], True),
        ("2019;2020\n10;20\n30;40\n", ["2019", "2020"], True),
        ("0\n0.5\n0.25\n", ["0"], True),
        ("1,2,3\n4,5,6\n7,8,9\n", ["column 1", "column 2", "column 3"], True),
        ("0,1.5\n1,2.5\n2,3.5\n", ["column 1", "column 2"], False),
        ("2019,10.5\n2020,11.5\n2021,12.5\n", ["column 1", "column 2"], False),
        ("date;t;u\n;(°C);(m/s)\n1.1.2020;1,5;2\n2.1.2020;1,5;3\n", ["t", "u"], False),
        ("   loss  acc\n0   0.5  0.1\n1   0.4  0.2\n", ["column 1", "loss", "acc"], False),
        ("Measured at station 42\n2018 2019 2020 2021\n5 6 7 8\n9 8 7 6\n", ["Measured", "at", "station", "42"], True),
        ("# step loss\n0 0.5\n1 0.4\n", ["step", "loss"], False),
        ("| a | b |\n|---|---|\n| 1 | 2.5 |\n| 2 | 3.5 |\n", ["a", "b"], False),
        ("a,b\n1,5,\n2,6,\n", ["a", "b"], False),
        ("a,b,c\n1,5,7,8.5,9\n2,6,8,9.5,9\n", [f"column {j}" for j in range(1, 6)], True),
        ("low,high,low\n1,5,7\n2,6,8\n", ["low", "high", "low (3)"], False),
    ],
)
def test_names_above_the_columns(content, names, asked):
    table = tables.read(content)
    assert list(table.columns) == names
    assert ("header" in table.doubtful) == asked


def test_the_header_can_be_overruled():
    assert values("0\n0.5\n0.25\n", header=0) == [0, 0.5, 0.25]
    assert list(tables.read("1,2,3\n4,5,6\n7,8,9\n", header=1).columns) == ["1", "2", "3"]
    assert values("a;b\n1;2\nc;d\n3;4\n5;6\n", "c", header=3) == [3, 5]
    with pytest.raises(tables.UnusableError, match="Its line 9 cannot name"):
        tables.read("a\n1\n2\n", header=9)


def test_a_log_that_was_continued_repeats_its_names():
    assert values("epoch,loss\n0,3\n1,2\nepoch,loss\n2,1.5\n3,1\n") == [3, 2, 1.5, 1]


def test_rows_of_another_width_are_gaps_with_a_note():
    table = tables.read("a,b\n1,2\n3,4\n5,6,7\n8\n9,10\n")
    assert same(table.columns["a"].values, [1, 3, NAN, 8, 9])
    assert same(table.columns["b"].values, [2, 4, NAN, NAN, 10])
    assert "1 line has another number of cells (line 4 first) and became gaps." in table.notes
    blanks = tables.read("a b c\n1 2 3\n4 6\n7 8 9\n")
    assert same(blanks.columns["b"].values, [2, NAN, 8])


# -- missing values ---------------------------------------------------------------------------------------------------

MISSING = [
    "",
    "NA",
    "N/A",
    "n/a",
    "#N/A",
    "-",
    "–",
    "null",
    "None",
    "nan",
    "NaN",
    "NULL",
    ".",
    "..",
    "?",
    "#DIV/0!",
    "<NA>",
]


@pytest.mark.parametrize("mark", MISSING)
def test_missing_values_keep_their_place(mark):
    table = tables.read(f"day;x\nmon;1,5\ntue;{mark}\nwed;3,5\n")
    assert same(table.columns["x"].values, [1.5, NAN, 3.5])
    assert table.columns["x"].gaps == 1
    assert "Cells without a number keep their place as gaps (x: 1)." in table.notes
    if mark:
        assert same(values(f"{mark}\n1.5\n{mark}\n3\n4\n5\n"), [NAN, 1.5, NAN, 3, 4, 5])


def test_a_cell_that_is_no_known_mark_is_a_gap_and_shown():
    table = tables.read("x,y\n1,1\nnan,2\n,3\ninf,4\noops,5\n2,6\n3,7\n4,8\n5,9\n")
    assert same(table.columns["x"].values, [1, NAN, NAN, NAN, NAN, 2, 3, 4, 5])
    assert any("“inf” in x" in note for note in table.notes)


def test_blank_lines_in_a_single_column_are_gaps_unless_all_are_spaced_so():
    assert same(values("x\n1\n2\n\n4\n"), [1, 2, NAN, 4])
    assert values("x\n\n1\n\n2\n\n4\n") == [1, 2, 4]
    assert values("day,x\n\nmon,1\n\ntue,2\n") == [1, 2]


@pytest.mark.parametrize(
    ("others", "mark", "missing"),
    [
        ("12.5 13.5 11.0 9.5", "-999", True),
        ("12.5 13.5 11.0 9.5", "-9999", True),
        ("12.5 13.5 11.0 9.5", "-99999", True),
        ("12.5 13.5 11.0 9.5", "9999.9", True),
        ("12.5 13.5 11.0 9.5", "-99.9", True),
        ("0 5000 20 300", "-999", True),
        ("-995 -1003 -990 -1010", "-999", False),
        ("9000 12000 300 40", "9999", False),
        ("12.5 13.5 11.0 9.5", "-998", False),
    ],
)
def test_sentinels_are_missing_where_they_stand_far_outside(others, mark, missing):
    numbers = [*others.split(), mark]
    table = tables.read("x\n" + "\n".join(numbers))
    assert same(table.columns["x"].values, [*map(float, others.split()), NAN if missing else float(mark)])
    assert ("missing" in table.doubtful) == missing
    assert any(note.startswith(f"{float(mark):g} in x is far") for note in table.notes) == missing
    assert values("x\n" + "\n".join(numbers), missing=()) == list(map(float, numbers))


def test_a_sentinel_that_may_be_a_value_is_asked_about():
    table = tables.read("x\n-500\n800\n-999\n600\n-300\n900\n")
    assert table.columns["x"].gaps == 0
    assert "-999 in x was kept as a value; it may stand for a missing one." in table.notes
    assert same(values("x\n-500\n800\n-999\n600\n", missing=(-999.0, 600.0)), [-500, 800, NAN, NAN])


# -- pasted text ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "1 2.5 3",
        "1, 2.5, 3",
        "1,2.5,3",
        "1\n2.5\n3",
        "1;2.5;3",
        " 1\t2.5\t3 ",
        "1, 2.5,\n3",
        "1,\n2.5,\n3,",
        "[1, 2.5, 3]",
        "(1, 2.5, 3)",
        "[1.  2.5 3. ]",
        "[[1], [2.5], [3]]",
        "loss = [1, 2.5, 3]",
        "array([1. , 2.5,\n       3. ], dtype=float32)",
        "[np.float64(1.0), np.float64(2.5), np.float64(3.0)]",
        "tensor([1.0000, 2.5000, 3.0000], device='cuda:0', grad_fn=<StackBackward0>)",
        "[tensor(1., device='cuda:0'), tensor(2.5, device='cuda:0'), tensor(3., device='cuda:0')]",
    ],
)
def test_a_pasted_series(text):
    table = tables.read(text)
    assert table.columns[table.default].values.tolist() == [1, 2.5, 3]
    assert len(table.columns) == 1
    assert table.doubtful == set()


def test_a_pasted_series_has_gaps_and_a_name():
    assert same(values("[1, None, nan, 4]"), [1, NAN, NAN, 4])
    assert values("loss;0,5;0,4;0,3", "loss") == [0.5, 0.4, 0.3]
    assert list(tables.read("loss = [1, 2]").columns) == ["loss"]


@pytest.mark.parametrize(
    "text", ["[[1, 2], [3, 4], [5, 7]]", "[(1, 2), (3, 4), (5, 7)]", "[[1. 2.]\n [3. 4.]\n [5. 7.]]"]
)
def test_nested_lists_are_rows(text):
    assert [column.values.tolist() for column in tables.read(text).columns.values()] == [[1, 3, 5], [2, 4, 7]]


def test_lists_with_names_are_columns():
    table = tables.read("{'loss': [0.5, 0.4, 0.3], 'val_loss': [0.6, 0.5]}")
    assert table.columns["loss"].values.tolist() == [0.5, 0.4, 0.3]
    assert same(table.columns["val_loss"].values, [0.6, 0.5, NAN])


def test_a_print_that_leaves_values_out_is_refused():
    with pytest.raises(tables.UnusableError, match="tolist"):
        tables.read("[0.1 0.2 0.3 ... 0.7 0.8 0.9]")


# -- files of known programs ------------------------------------------------------------------------------------------

FILES = {
    "TensorBoard": (
        "Wall time,Step,Value\n1526913221.76,0,0.51\n1526913224.5,1,0.4\n1526913229.8,2,0.45\n",
        "Value",
        [0.51, 0.4, 0.45],
    ),
    "Weights & Biases": (
        '"Step","run - loss","run - loss__MIN","run - loss__MAX"\n'
        '"0","0.5","0.5","0.5"\n"10","","",""\n"20","0.3","0.3","0.3"\n',
        "run - loss",
        [0.5, NAN, 0.3],
    ),
    "Weights & Biases with its own steps": (
        '"Step","r - _step","r - _step__MIN","r - _step__MAX","r - acc","r - acc__MIN","r - acc__MAX"\n'
        '"0","0","0","0","0.5","0.5","0.5"\n"1","1","1","1","0.7","0.7","0.7"\n"2","2","2","2","0.6","0.6","0.6"\n',
        "r - acc",
        [0.5, 0.7, 0.6],
    ),
    "Keras": (
        "epoch,accuracy,learning_rate,loss,val_accuracy,val_loss\n0,.1,.01,2.3,.1,2.2\n1,.3,.01,2.0,.2,2.1\n2,.4,.01,1.9,.3,2.0\n",
        "loss",
        [2.3, 2.0, 1.9],
    ),
    "pandas with its index": (",price\n0,10.5\n1,11.0\n2,10.75\n", "price", [10.5, 11, 10.75]),
    "pandas without": ("price,day\n10.5,mon\n11.0,tue\n,wed\n", "price", [10.5, 11, NAN]),
    "a German spreadsheet": (
        "Bericht 2024;;\n;;\nMonat;Umsatz;Gewinn\n;(EUR);(EUR)\n"
        "Jan;1.234,5;-12\nFeb;812,9;13\nMär;2.000,0;\nSumme;4.047,4;1\n",
        "Umsatz",
        [1234.5, 812.9, 2000],
    ),
    "a French spreadsheet": (
        "Date;Ventes\n01/01/2020;1\u202f234,50 €\n02/01/2020;987,00 €\n03/01/2020;12\u202f345,67 €\n",
        "Ventes",
        [1234.5, 987, 12345.67],
    ),
    "a Swiss spreadsheet": (
        "Datum\tUmsatz\n01.01.2020\t1’234.50\n02.01.2020\t987.05\n03.01.2020\t12’345.65\n",
        "Umsatz",
        [1234.5, 987.05, 12345.65],
    ),
    "GHCN daily": (
        '"STATION","DATE","LATITUDE","ELEVATION","NAME","PRCP","PRCP_ATTRIBUTES","TMAX"\n'
        '"USW00094728","2020-01-01","40.77898","42.7","NEW YORK, NY US","    0",",,W,2400","   50"\n'
        '"USW00094728","2020-01-02","40.77898","42.7","NEW YORK, NY US","   13",",,W,2400","   94"\n'
        '"USW00094728","2020-01-03","40.77898","42.7","NEW YORK, NY US","     ",",,W,2400","  100"\n',
        "PRCP",
        [0, 13, NAN],
    ),
    "GHCN daily by year": (
        "USW00094728,20200101,TMAX,50,,,W,2400\nUSW00094728,20200102,TMAX,94,,,W,2400\nUSW00094728,20200103,TMAX,90,,,W,2400\n",
        "column 4",
        [50, 94, 90],
    ),
    "GSOD": (
        '"STATION","DATE","TEMP","SNDP"\n'
        '"725030","2021-01-01","  37.2","999.9"\n"725030","2021-01-02","9999.9","  1.2"\n'
        '"725030","2021-01-03","  38.1","  1.3"\n',
        "TEMP",
        [37.2, NAN, 38.1],
    ),
    "DWD": (
        "STATIONS_ID;MESS_DATUM;QN_3;  FX;  FM;eor\n        433;20200131;   10;   5.1;   2.3;eor\n"
        "        433;20200201;   10;-999;   2.1;eor\n        433;20200202;   10;   6.3;   2.2;eor\n",
        "FX",
        [5.1, NAN, 6.3],
    ),
    "Open-Meteo": (
        "latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation\n52.52,13.41,38.0,0,GMT,GMT\n\n"
        "time,temperature_2m (°C)\n2022-01-01T00:00,5.3\n2022-01-01T01:00,NaN\n2022-01-01T02:00,5.0\n",
        "temperature_2m (°C)",
        [5.3, NAN, 5.0],
    ),
    "Berkeley Earth, in columns of blanks": (
        "% Anomalies in °C\n\n  1850     1    -0.746\n  1850     2    -0.333\n  1850     3    -0.736\n",
        "column 3",
        [-0.746, -0.333, -0.736],
    ),
    "Excel": ('sep=;\nt;"a; b"\n0;1,5\n1;2,5\n2;0,5\n', "a; b", [1.5, 2.5, 0.5]),
}


@pytest.mark.parametrize("program", FILES)
def test_files_of_known_programs(program):
    text, column, expected = FILES[program]
    table = tables.read(text.encode())
    assert table.default == column
    assert same(table.columns[column].values, expected)


def test_hundreds_of_columns_are_read():
    names = ",".join(f"c{j}" for j in range(800))
    table = tables.read(f"{names}\n" + "\n".join(",".join(f"{i * j % 7}.5" for j in range(800)) for i in range(4)))
    assert len(table.columns) == 800
    assert table.columns["c799"].values.tolist() == [0.5, 1.5, 2.5, 3.5]


# -- what cannot be read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\n \n,,\n", "empty"),
        (b'"",""\n" "," "\n', "empty"),
        (b"hello\nthere\nworld\n", "no numbers"),
        (b"a,b\nc,d\n", "no numbers"),
        (b"a,b\n1,2\n", "one row"),
        (b"7\n", "one number"),
        (b"nan\nnan\nnan\n", "no "),
        (b"1\n" * 3_000_000, "6.0 MB"),
        (b"PK\x03\x04\x00\x00\x00", "not a text file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a text file"),
        (b"\xff\xfe1", "not text in utf-16"),
        ((",".join("1" * 10_000) + "\n").encode() * 3, "10,000 columns"),
        (b"1e200\n2e200\n3e200\n", "too large"),
        ("²\n³\n".encode(), "no numbers"),
        (b"1_0\n2_0\n3_0\n", "no numbers"),
        (b"0x10\n0x11\n", "no numbers"),
    ],
)
def test_bad_files_get_one_sentence(content, sentence):
    with pytest.raises(tables.UnusableError, match=sentence) as caught:
        tables.read(content)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 160


def test_an_unknown_encoding_gets_one_sentence():
    with pytest.raises(tables.UnusableError, match="not text in klingon"):
        tables.read(b"1\n2\n", encoding="klingon")


@pytest.mark.slow
def test_more_rows_than_are_read_have_a_note():
    table = tables.read("\n".join(map(str, range(tables.ROWS + 5))))
    assert len(table.columns["column 1"].values) == tables.ROWS
    assert "Only the first 100,000 rows were read." in table.notes
    row = tables.read(",".join(["1", "2"] * tables.ROWS))
    assert len(row.columns["column 1"].values) == tables.ROWS
    assert "Only the first 100,000 rows were read." in row.notes


def test_a_column_too_large_to_square_is_left_out_with_a_note():
    table = tables.read("a,b\n1e200,1\n2,5\n3,3\n")
    assert list(table.columns) == ["b"]
    assert "Left out for numbers beyond ±1e+100: a." in table.notes


def test_values_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        tables.read("1\n2\n").columns["column 1"].values[0] = 5


# -- JSON -------------------------------------------------------------------------------------------------------------

LOG = pd.DataFrame({"step": [1, 2, 3], "loss": [0.1, NAN, 1e-7], "phase": ["warm-up", "train", "train"]})


@pytest.mark.parametrize(
    "content",
    [
        *(
            LOG.to_json(orient=orient, double_precision=15)
            for orient in ("records", "columns", "split", "index", "table")
        ),
        LOG.to_json(orient="records", lines=True, double_precision=15),
        LOG.to_json(orient="records", indent=2, double_precision=15),
        json.dumps(LOG.to_dict("list")),
        json.dumps(
            {"status": "ok", "count": 3, "data": json.loads(LOG.to_json(orient="records", double_precision=15))}
        ),
    ],
)
def test_json_of_records_and_of_columns(content):
    table = tables.read(content)
    assert table.default == "loss"
    assert same(table.columns["loss"].values, [0.1, NAN, 1e-7])
    assert "phase" not in table.columns
    assert same(tables.read(content.encode()).columns["step"].values, [1, 2, 3])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            '[{"t": 1, "train": {"loss": 0.5}}, {"t": 2, "train": {"loss": 0.25}}]',
            {"t": [1, 2], "train.loss": [0.5, 0.25]},
        ),
        ('{"a": 1}\n\n{"a": 2, "b": 3}\n{"a": 4, "b": 5}\n', {"a": [1, 2, 4], "b": [NAN, 3, 5]}),
        ('{"a": [1, 2, 3], "b": [4, 5]}', {"a": [1, 2, 3], "b": [4, 5, NAN]}),
        ('[{"v": 9007199254740993}, {"v": "2.5"}, {"v": null}, {"v": 1e-300}]', {"v": [2.0**53, 2.5, NAN, 1e-300]}),
        ('{"a": [1, 2], "note": "two runs"}', {"a": [1, 2]}),
    ],
)
def test_json_that_is_nested_short_or_odd(content, expected):
    table = tables.read(content, missing=())
    assert list(table.columns) == list(expected)
    for name, numbers in expected.items():
        assert same(table.columns[name].values, numbers)


@pytest.mark.parametrize(
    "content",
    [
        '[{"a": 1}, {"a": 2',
        '{"a": "b"}',
        "[" * 10**5,
        '[{"a": "x"}, {"a": "y"}]',
        '{"a": {}}',
        "[{}]",
        '{"columns": [], "data": []}',
    ],
)
def test_json_without_numbers_gets_a_sentence(content):
    with pytest.raises(tables.UnusableError):
        tables.read(content)


def test_columns_of_fixed_width_with_an_empty_cell_are_refused_with_how_to_mend_them():
    table = tables.read("id   temp  hum\n1    20.5  40\n2          41\n3    21.0  42\n4    22.0  45\n")
    assert same(table.columns["temp"].values, [20.5, NAN, 21, 22])
    assert "separator" in table.doubtful
    assert any("Columns of fixed width need a mark, such as NA, in empty cells." in note for note in table.notes)


@pytest.mark.slow
def test_what_others_read_as_csv_is_limited_as_before():
    limit = csv.field_size_limit()
    assert tables.read(",".join(["1.5"] * 50_000)).columns["column 1"].values.size == 50_000
    assert csv.field_size_limit() == limit
