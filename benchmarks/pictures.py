"""``python -m benchmarks.pictures [FOLDER]``: what pictures weigh and what making them costs.

Without a folder, the sample publication's. Photographs are better judges: any folder of them will do.
"""

import hashlib
import io
import math
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

from tamizdat.pictures.encode import make_variants
from tamizdat.pictures.strip import strip
from tamizdat.pictures.variants import Variant, variants
from tamizdat.story import Picture

_SAMPLE = Path(__file__).resolve().parent.parent / "demo" / "publication" / "stories"
_ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".avif"}
_KEPT_WHOLE = "whole JPEG"


def main() -> None:
    """Print two tables in Markdown."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else _SAMPLE
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS)
    sizes: dict[str, list[float]] = defaultdict(list)
    costs: dict[str, list[float]] = defaultdict(list)
    losses: dict[str, list[float]] = defaultdict(list)
    for path in files:
        _measure(path.read_bytes(), sizes, costs, losses)
    print(f"{len(files)} pictures\n")
    print("| file | KB, least | median | most | CPU ms, median |\n| --- | ---: | ---: | ---: | ---: |")
    for name in sorted(sizes, key=_order):
        least, median, most = min(sizes[name]), statistics.median(sizes[name]), max(sizes[name])
        cost = f"{statistics.median(costs[name]):,.0f}" if name in costs else ""
        print(f"| {name} | {least:.1f} | {median:.1f} | {most:.1f} | {cost} |")
    print("\n| lead AVIF | dB lost by way of the whole JPEG, median | most |\n| --- | ---: | ---: |")
    for name in sorted(losses, key=_order):
        print(f"| {name} | {statistics.median(losses[name]):.2f} | {max(losses[name]):.2f} |")


def _order(name: str) -> tuple[bool, int, str]:
    digits = "".join(letter for letter in name if letter.isdigit())
    return name == _KEPT_WHOLE, int(digits or 0), name


def _measure(
    original: bytes, sizes: dict[str, list[float]], costs: dict[str, list[float]], losses: dict[str, list[float]]
) -> None:
    start = time.process_time()
    made = strip(original)
    costs[_KEPT_WHOLE].append(1000 * (time.process_time() - start))
    sizes[_KEPT_WHOLE].append(len(made.data) / 1000)
    found = variants(Picture("-", hashlib.sha256(made.data).hexdigest(), width=made.width, height=made.height))
    lossless = _lossless(original)
    for variant in (*found.lead.avif, *found.lead.jpeg, *((found.card,) if found.card else ())):
        start = time.process_time()
        ((_, data),) = make_variants(made.data, [variant])
        name = _name(variant)
        costs[name].append(1000 * (time.process_time() - start))
        sizes[name].append(len(data) / 1000)
        if variant in found.lead.avif:
            ((_, direct),) = make_variants(lossless, [variant])
            target = _cut(lossless, variant)
            losses[name].append(_psnr(direct, target) - _psnr(data, target))


def _name(variant: Variant) -> str:
    if variant.path.endswith("-card.jpg"):
        return "card"
    return f"{variant.width} {'AVIF' if variant.path.endswith('.avif') else 'JPEG'}"


def _lossless(original: bytes) -> bytes:
    """The whole picture as near to its original as a JPEG can be, to compare with."""
    with Image.open(io.BytesIO(original)) as image:
        pixels = image.convert("RGB")
        pixels.thumbnail((1280, 1280), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    pixels.save(out, "JPEG", quality=100, subsampling=0)
    return out.getvalue()


def _cut(whole: bytes, variant: Variant) -> Image.Image:
    part = variant.part
    box = (part.x, part.y, part.x + part.width, part.y + part.height)
    with Image.open(io.BytesIO(whole)) as image:
        return image.resize((variant.width, variant.height), Image.Resampling.LANCZOS, box=box)


def _psnr(data: bytes, target: Image.Image) -> float:
    """Peak signal to noise of the luma, in decibels."""
    with Image.open(io.BytesIO(data)) as image:
        luma = ImageChops.difference(image.convert("L"), target.convert("L"))
    error = ImageStat.Stat(luma).sum2[0] / (target.width * target.height)
    return 10 * math.log10(255**2 / error) if error else 99.0


if __name__ == "__main__":
    main()
