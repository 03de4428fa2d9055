"""Files of every kind: columns of numbers, or one clear sentence."""

import pytest

from ui import upload


def values(content, column=None, **more):
    table = upload.read(content, **more)
    return list(table[column or next(iter(table))].values)


@pytest.mark.parametrize(
    "content",
    [
        b"1\n2\n3\n",
        b"x\n1\n2\n3\n",
        b"\xef\xbb\xbfx\r\n1\r\n2\r\n3\r\n",
        "x\n1\n2\n3\n".encode("utf-16"),
        b"day;x\nmon;1,0\ntue;2,0\nwed;3,0\n",
        b"day\tx\nmon\t1\ntue\t2\nwed\t3",
        b"day,x\n\nmon,1\n,\ntue,2\nwed,3\n",
    ],
)
def test_tables_as_people_have_them(content):
    assert values(content) == [1, 2, 3]


@pytest.mark.parametrize("text", ["1 2 3", "1, 2, 3", "1\n2\n3", "1;2;3", " 1\t2\t3 "])
def test_pasted_numbers_may_stand_in_a_row(text):
    assert values(text, one_line=True) == [1, 2, 3]


def test_the_columns_of_numbers_are_offered_by_name():
    table = upload.read(b"date,low,high,low,note\n2012-01-01,1,5,7,a\n2012-01-02,2,6,8,b\n")
    assert {name: column.values for name, column in table.items()} == {"low": (1, 2), "high": (5, 6), "low (4)": (7, 8)}


def test_cells_without_a_number_are_skipped_and_counted():
    column = upload.read(b"x,y\n1,1\nnan,2\n,3\ninf,4\nn/a,5\n2,6\n3,7\n4,8\n5,9\n")["x"]
    assert column.values == (1, 2, 3, 4, 5)
    assert column.skipped == 4
    assert "4 cells" in column.told
    assert "1 cell that is" in upload.read(b"1\nNaN\n2\n")["column 1"].told


def test_more_rows_than_are_read_are_told():
    table = upload.read("\n".join(map(str, range(30_000))).encode())
    assert len(table["column 1"].values) == upload.ROWS
    assert "20,000" in table["column 1"].told


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n \n,,\n", "empty"),
        (b"hello\nthere\nworld\n", "no column of numbers"),
        (b"a,b\n1,2\n", "one row"),
        (b"7\n", "one row"),
        (b"nan\nnan\nnan\n", "no column of numbers"),
        (b"1\n" * 3_000_000, "6 MB"),
        (b"0" * 50_000_000, "50 MB"),
        ("x\n1\n2\nmüde\n".encode("latin-1"), "UTF-8"),
        (b"PK\x03\x04\x00\x00\x00", "not a text file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "UTF-8"),
        (b"\xff\xfe1", "UTF-8"),
        ((",".join("1" * 10_000) + "\n").encode() * 3, "10,000 columns"),
        (b"1e200\n2e200\n3e200\n", "too large"),
        (b'a,b\n"' + b"x" * 200_000, "CSV"),
        ("²\n³\n".encode(), "no column of numbers"),
    ],
)
def test_bad_files_get_one_sentence(content, said):
    with pytest.raises(upload.UnusableError, match=said) as caught:
        upload.read(content)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 160


def test_numbers_of_python_only_are_text():
    with pytest.raises(upload.UnusableError):
        upload.read(b"1_0\n2_0\n3_0\n")
