"""Files in the dialects that people's programs write, made from numbers that are known."""

import datetime
import math
import random
from dataclasses import dataclass


@dataclass
class File:
    content: bytes
    columns: list[list[float]]
    """The numbers it holds, the counter in front of them left out."""
    counted: bool
    """Whether its first column counts the rows."""
    recipe: dict[str, object]


def number(value: float, places: int, decimal: str, thousands: str) -> str:
    """A number as a spreadsheet shows it."""
    whole, _, fraction = f"{abs(value):.{places}f}".partition(".")
    groups = f"{int(whole):,}".replace(",", thousands)
    return "-" * (value < 0) + groups + (decimal + fraction if fraction else "")


def file(seed: int) -> File:
    """Encoding × separator × decimal × thousands × header × rubbish above × missing marks, one of each at random."""
    rng = random.Random(seed)
    encoding = rng.choice(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
    separator = rng.choice([",", ";", "\t", "|", " ", ""])
    decimal = rng.choice(".,")
    kinds = ["", "", ",", ".", " ", "\xa0", "'", "\xa0" if encoding == "cp1252" else "\u202f"]
    thousands = rng.choice([mark for mark in kinds if mark != decimal and not mark == separator == " "])
    quoted = separator == "," and "," in (decimal, thousands)
    header = rng.choice(["names", "years", "none"])
    above = rng.choice(["nothing", "title", "comments", "block", "sep="])
    missing = rng.choice(["NA", "n/a", "-", "null", "nan", "-999", "None", ".", *([""] if separator.strip() else [])])
    size = rng.choice(["small", "large", "whole", "shares"])
    index = rng.choice(["none", "iso", "german", "count", "word"]) if separator else "none"
    rows, width = rng.randint(5, 60), rng.randint(2, 5) if separator else 1
    places = [0 if size == "whole" else rng.choice([1, 2, 2, 3]) for _ in range(width)]
    draw = {
        "small": lambda: rng.gauss(10, 8),
        "large": lambda: rng.lognormvariate(7, 1.5),
        "whole": lambda: rng.lognormvariate(6, 2),
        "shares": rng.random,
    }[size]
    columns = [[round(draw(), p) for _ in range(rows)] for p in places]

    lines = []
    for i in range(rows):
        day = datetime.date(2020, 1, 1) + datetime.timedelta(i)
        first = {"iso": f"{day}", "german": f"{day:%d.%m.%Y}", "count": f"{i}", "word": rng.choice(["mon", "Köln"])}
        cells = [first[index]] if index in first else []
        for column, p in zip(columns, places, strict=True):
            if i > 1 and rng.random() < 0.06:
                column[i] = math.nan
                cells.append(missing)
            else:
                cells.append(number(column[i], p, decimal, thousands))
        lines.append(separator.join(f'"{cell}"' if quoted else cell for cell in cells))
    names = {"names": ["Temperatur", "Wind_°C", "c1", "größe", "v"], "years": [str(2018 + j) for j in range(5)]}
    if header in names:
        lines.insert(0, separator.join(["day"] * (index != "none") + names[header][:width]))
    rubbish = {
        "title": ["Messwerte der Station 42", "", "Stand: 1. Mai 2020", ""][: rng.randint(1, 4)],
        "comments": ["# made by a program", "# version 2"],
        "block": [(separator or ";").join(cells) for cells in (["Station", "Höhe", "Breite"], ["Potsdam", "81", "52"])]
        + [""],
        "sep=": [f"sep={separator}"] if separator.strip() or separator == "\t" else [],
    }
    end = rng.choice(["\n", "\r\n"])
    text = end.join([*rubbish.get(above, []), *lines, ""])
    recipe = {"encoding": encoding, "header": header, "above": above, "missing": missing, "size": size}
    return File(text.encode(encoding), columns, index == "count", recipe | {"text": text[:400]})
