#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/golden/pictures/decode: small pictures of many kinds, each with what Pillow makes of it beside it
(NAME.expected, a binary PPM), or what the refusal has to name (NAME.refused). Needs Pillow and numpy."""
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

OUT = Path(__file__).resolve().parents[2] / "tests/golden/pictures/decode"
WIDTH, HEIGHT = 24, 16
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


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
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[mode_channels]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, colour_type, 0, 0, 0)
    return PNG_MAGIC + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def exif_bytes(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def orientations(rgb):
    """Every place where Pillow finds how a picture lies, and every value."""
    for value in range(1, 9):
        keep(f"exif-{value}.jpg", rgb, quality=95, subsampling=0, exif=exif_bytes(value))
        keep(f"exif-{value}.png", rgb, exif=exif_bytes(value))
        keep(f"exif-{value}.webp", rgb, lossless=True, exif=exif_bytes(value))
        keep(f"exif-{value}.tiff", rgb, tiffinfo={0x0112: value}, compression="tiff_deflate")
    profile = exif_bytes(6)
    text = f"\nexif\n{len(profile):8}\n{profile.hex()}\n"
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="8"/></x:xmpmeta>'
    body = (OUT / "rgb.png").read_bytes()[:-12]
    end = chunk(b"IEND", b"")
    big_endian = b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHHI", 0x0112, 3, 1, 5, 0, 0)
    for name, extra in {"raw-profile": chunk(b"tEXt", b"Raw profile type exif\0" + text.encode()),
                        "raw-profile-packed": chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text.encode())),
                        "xmp": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp),
                        "exif-late": chunk(b"eXIf", big_endian),
                        "exif-before-xmp": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp) + chunk(b"eXIf", big_endian),
                        "exif-nonsense": chunk(b"eXIf", b"II*\0\xff\xff\xff\xff")}.items():
        (OUT / f"{name}.png").write_bytes(body + extra + end)
        with Image.open(OUT / f"{name}.png") as again:
            ppm(f"{name}.png", rgb if name == "exif-nonsense" else ImageOps.exif_transpose(again))
    keep("xmp.webp", rgb, lossless=True, xmp=xmp)
    keep("xmp.jpg", rgb, quality=95, subsampling=0, xmp=xmp)


def tiff(values, photometric, *, order="<", bits=None, sample_format=1, extra=None, planar=1, tile=None, white=None, palette=None):
    """A TIFF by hand, not compressed: Pillow writes only a few kinds. `values` [H, W, channels], packed where bits < 8."""
    height, width, channels = values.shape
    bits = bits or values.dtype.itemsize * 8

    def packed(part):
        if bits >= 8:
            return part.astype(part.dtype.newbyteorder(order)).tobytes()
        rows = part.reshape(part.shape[0], -1)
        digits = np.unpackbits(rows[..., None].astype(np.uint8), axis=-1)[..., 8 - bits:].reshape(rows.shape[0], -1)
        return np.packbits(digits, axis=-1).tobytes()

    planes = [values] if planar == 1 else [values[..., c:c + 1] for c in range(channels)]
    if tile:
        blocks = []
        for plane in planes:
            whole = np.pad(plane, [(0, -height % tile), (0, -width % tile), (0, 0)])
            blocks += [packed(whole[y:y + tile, x:x + tile]) for y in range(0, height, tile) for x in range(0, width, tile)]
        place = {322: (4, [tile]), 323: (4, [tile])}
    else:
        rows = 5
        blocks = [packed(plane[y:y + rows]) for plane in planes for y in range(0, height, rows)]
        place = {278: (4, [rows])}
    tags = {256: (4, [width]), 257: (4, [height]), 258: (3, [bits] * channels), 259: (3, [1]), 262: (3, [photometric]),
            277: (3, [channels]), 284: (3, [planar]), 339: (3, [sample_format] * channels), **place}
    if extra is not None:
        tags[338] = (3, extra)
    if palette is not None:
        tags[320] = (3, palette)
    where, count = (324, 325) if tile else (273, 279)
    data = b"".join(blocks)
    starts = [8 + sum(map(len, blocks[:i])) for i in range(len(blocks))]
    tags[where], tags[count] = (4, starts), (4, [len(block) for block in blocks])
    directory, behind = b"", b""
    at = 8 + len(data)
    after = at + 2 + 12 * len(tags) + 4
    for tag, (kind, numbers) in sorted(tags.items()):
        payload = struct.pack(order + {3: "H", 4: "I"}[kind] * len(numbers), *numbers)
        if len(payload) > 4:
            payload, behind = struct.pack(order + "I", after + len(behind)), behind + payload
        directory += struct.pack(order + "HHI", tag, kind, len(numbers)) + payload.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", at)
    return head + data + struct.pack(order + "H", len(tags)) + directory + struct.pack(order + "I", 0) + behind


def tiffs(values, wide, rgb, rgba, grey, palette):
    for compression in ("packbits", "tiff_lzw", "tiff_adobe_deflate"):
        keep(f"{compression}.tiff", rgb, compression=compression)
    keep("jpeg.tiff", rgb, compression="jpeg", quality=95)
    keep("jpeg-grey.tiff", grey, compression="jpeg", quality=95)
    keep("jpeg-ycbcr.tiff", rgb.convert("YCbCr"), compression="jpeg", quality=95)
    keep("fax.tiff", grey.convert("1"), compression="group4")
    keep("fax3.tiff", grey.convert("1"), compression="group3")
    keep("grey.tiff", grey)
    keep("one-bit.tiff", grey.convert("1"))
    keep("palette.tiff", palette)
    keep("rgba.tiff", rgba)
    keep("grey-alpha.tiff", Image.merge("LA", (grey, rgba.getchannel("A"))))
    keep("cmyk.tiff", Image.merge("CMYK", (*rgb.split(), rgba.getchannel("A"))))
    keep("big.tiff", rgb, big_tiff=True)
    byte, line = values.astype(np.uint8), np.asarray(grey)[..., None]
    alpha = np.asarray(rgba.getchannel("A"))[..., None]
    four = np.concatenate([byte, alpha], -1)
    colours = list(np.linspace(0, 65535, 48).astype(int))

    def made(name, data, expected=None):
        (OUT / f"{name}.tiff").write_bytes(data)
        with Image.open(OUT / f"{name}.tiff") as again:
            ppm(f"{name}.tiff", expected or again)

    made("tiles", tiff(byte, 2, tile=16))
    made("planes", tiff(byte, 2, planar=2))
    made("plane-tiles", tiff(byte, 2, planar=2, tile=16), rgb)  # Pillow cannot
    made("big-endian", tiff(byte, 2, order=">"))
    made("premultiplied", tiff(np.concatenate([byte * (alpha / 255.0), alpha], -1).astype(np.uint8), 2, extra=[1]))
    made("six-channels", tiff(np.concatenate([byte, 255 - byte], -1), 2, extra=[0, 0, 0]))
    made("two-bits", tiff(line // 64, 1, bits=2))
    made("four-bits-white", tiff(line // 16, 0, bits=4))
    made("palette-4", tiff(line // 16, 3, bits=4, palette=colours))
    made("rgb-16", tiff(wide, 2))
    made("rgb-16-big-endian", tiff(wide, 2, order=">"))
    made("rgba-16", tiff(np.concatenate([wide, alpha.astype(np.uint16) * 257], -1), 2, extra=[2]))
    # As with a PNG: Pillow cuts off at 255.
    made("grey-16", tiff(wide[..., 1:2], 1), Image.fromarray((wide[..., 1] >> 8).astype(np.uint8)))
    unit = values / 255
    for name, data, words in (
            ("float32", tiff(unit[..., :1].astype(np.float32), 1, sample_format=3), "32-bit floating-point"),
            ("float64", tiff(unit[..., :1].astype(np.float64), 1, sample_format=3), "64-bit floating-point"),
            ("float16", tiff(unit[..., :1].astype(np.float16), 1, sample_format=3), "16-bit floating-point"),
            ("float32-rgb", tiff(unit.astype(np.float32), 2, sample_format=3), "32-bit floating-point"),
            ("int8", tiff(line.astype(np.int8), 1, sample_format=2), "8-bit signed"),
            ("int16", tiff(wide[..., :1].astype(np.int16), 1, sample_format=2), "16-bit signed"),
            ("uint32", tiff(wide[..., :1].astype(np.uint32), 1), "32-bit numbers"),
            ("int32", tiff(wide[..., :1].astype(np.int32), 1, sample_format=2), "32-bit signed"),
            ("complex", tiff(unit[..., :1].astype(np.complex64), 1, sample_format=6), "complex"),
            ("bands", tiff(np.concatenate([byte, byte[..., :2]], -1), 1, extra=[0] * 4), "5 channels"),
            ("grey-planes", tiff(byte, 1, planar=2), "3 channels of 8-bit grey"),
            ("lab", tiff(byte, 8), "L*a*b*"),
            ("raw-camera", tiff(wide[..., :1], 32803), "raw data")):
        (OUT / f"{name}.tiff").write_bytes(data)
        (OUT / f"{name}.tiff.refused").write_text(words)


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
    orientations(rgb)

    keep("lossless.webp", rgb, lossless=True)
    keep("alpha.webp", rgba, lossless=True, exact=True)
    keep("lossy.webp", rgb, quality=95)
    keep("palette.gif", palette)
    keep("animated.gif", palette, save_all=True, append_images=[palette.transpose(Image.Transpose.FLIP_LEFT_RIGHT)])
    keep("rgb.bmp", rgb)
    keep("rgb.tiff", rgb)
    keep("deflate.tiff", rgb, compression="tiff_deflate")
    tiffs(values, wide, rgb, rgba, grey, palette)
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
