#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/golden/pictures/decode: small pictures of many kinds, each with what Pillow makes of it beside it
(NAME.expected, a binary PPM). Needs Pillow and numpy."""
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

OUT = Path(__file__).resolve().parents[2] / "tests/golden/pictures/decode"
WIDTH, HEIGHT = 24, 16


def sample():
    """A smooth picture, so that JPEG and WebP come near it, with a dark corner that shows its orientation."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    rgb = np.stack([255 * x / (WIDTH - 1), 255 * y / (HEIGHT - 1), 128 + 60 * np.sin(x / 4.0)], -1)
    rgb[:6, :6] *= 0.2
    return rgb


def ppm(name, image):
    image = image if image.mode == "RGB" else image.convert("RGB")
    (OUT / f"{name}.expected").write_bytes(b"P6\n%d %d\n255\n" % image.size + image.tobytes())


def keep(name, image, **options):
    image.save(OUT / name, **options)
    with Image.open(OUT / name) as again:
        ppm(name, ImageOps.exif_transpose(again))


def without_adobe_marker(data):
    at = data.index(b"\xff\xee")
    return data[:at] + data[at + 2 + int.from_bytes(data[at + 2:at + 4], "big"):]


def png16(mode_channels, values):
    """A 16-bit PNG by hand: Pillow writes 16 bits only for grey."""
    import struct
    import zlib
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[mode_channels]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    values = sample()
    rgb = Image.fromarray(values.astype(np.uint8))
    grey = rgb.convert("L")
    alpha = Image.fromarray((np.linspace(0, 255, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH)).astype(np.uint8))
    rgba = rgb.copy()
    rgba.putalpha(alpha)
    palette = rgb.quantize(16)

    keep("rgb.png", rgb)
    keep("grey.png", grey)
    keep("one-bit.png", grey.convert("1"))
    keep("grey-alpha.png", Image.merge("LA", (grey, alpha)))
    keep("rgba.png", rgba)
    keep("palette.png", palette)
    keep("palette-transparent.png", palette, transparency=bytes(range(0, 256, 16)))
    wide = (values * 257 + np.arange(WIDTH)[None, :, None] * 5).clip(0, 65535).astype(np.uint16)
    (OUT / "rgb-16.png").write_bytes(png16(3, wide))
    ppm("rgb-16.png", Image.open(OUT / "rgb-16.png"))
    # Pillow cuts 16-bit grey off at 255 instead of scaling it; the upper byte is what everyone else shows.
    (OUT / "grey-16.png").write_bytes(png16(1, wide[..., 1]))
    ppm("grey-16.png", Image.fromarray((wide[..., 1] >> 8).astype(np.uint8)))

    keep("rgb.jpg", rgb, quality=95, subsampling=0)
    keep("progressive.jpg", rgb, quality=95, subsampling=0, progressive=True)
    keep("grey.jpg", grey, quality=95)
    keep("cmyk.jpg", rgb.convert("CMYK"), quality=95)
    (OUT / "cmyk-no-adobe.jpg").write_bytes(without_adobe_marker((OUT / "cmyk.jpg").read_bytes()))
    ppm("cmyk-no-adobe.jpg", Image.open(OUT / "cmyk-no-adobe.jpg"))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        keep(f"exif-{orientation}.jpg", rgb, quality=95, subsampling=0, exif=exif)
    keep("exif-6.tiff", rgb, tiffinfo={0x0112: 6})

    keep("lossless.webp", rgb, lossless=True)
    keep("alpha.webp", rgba, lossless=True, exact=True)
    keep("lossy.webp", rgb, quality=95)
    keep("palette.gif", palette)
    keep("animated.gif", palette, save_all=True, append_images=[palette.transpose(Image.Transpose.FLIP_LEFT_RIGHT)])
    keep("rgb.bmp", rgb)
    keep("rgb.tiff", rgb)
    keep("deflate.tiff", rgb, compression="tiff_deflate")
    keep("rgb.ppm", rgb)
    keep("grey.pgm", grey)
    keep("one-bit.pbm", grey.convert("1"))
    (OUT / "text.ppm").write_bytes(b"P3\n# a comment\n2 1\n255\n255 0 0  0 128 255\n")
    ppm("text.ppm", Image.open(OUT / "text.ppm"))
    (OUT / "wrong-suffix.png").write_bytes((OUT / "rgb.jpg").read_bytes())
    ppm("wrong-suffix.png", Image.open(OUT / "wrong-suffix.png"))
    (OUT / "wrong-suffix.jpg").write_bytes((OUT / "rgb.png").read_bytes())
    ppm("wrong-suffix.jpg", rgb)
    (OUT / "twice@2x.png").write_bytes((OUT / "rgb.png").read_bytes())
    ppm("twice@2x.png", rgb)


if __name__ == "__main__":
    main()
