# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the inner transformer of a TNT do anything for the patches? From its weights and labelled pictures:

    python vitality.py ../../resources/models/tnt/model.safetensors imagenet-one-per-class.zip [--pictures 1000] [--json]

Per block, over all patches and pictures
  varying   what the pixels add: root mean square of what differs from the mean, to that of the whole
  token     the same part, to the root mean square norm of the patch tokens it is added to
  entropy   of the inner attention in nats; ln 16 = 2.77 is uniform
  query     nats by which the mean row of a patch is more even than its rows: 0 when all its queries look alike
  picture   nats by which the mean row of a query is more even than its rows: 0 when it looks alike in all patches
and top-1 as it is, and with what the pixels add replaced by its mean over patches and pictures.

A living TNT: (a) varying is at least 0.1 in 8 of 12 blocks, and token at least 0.1 in all of the first 6; (b) replacing what
blocks 1 to 11 add by its mean costs at least 10 points; (c) in 6 blocks entropy is at most 2.5, query and picture at least
0.05.
"""
import argparse
import json

import torch

import networks
from networks import DEPTH, PATCHES
from pictures import UNLABELLED, read_test


def nats(rows):
    return -(rows * (rows + 1e-9).log()).sum(-1)


class Block:
    """Sums over the pictures for one block."""

    def __init__(self):
        self.patches = self.added = self.square = self.tokens = self.entropy = self.of_patch = self.attention = 0

    def see(self, added, tokens, attention):
        self.patches += len(attention)
        self.added = self.added + added.double().sum((0, 1))
        self.square += added.double().square().sum().item()
        self.tokens += tokens.double().square().sum().item()
        self.entropy += nats(attention).mean((1, 2)).double().sum().item()
        self.of_patch += nats(attention.mean(2)).mean(1).double().sum().item()
        self.attention = self.attention + attention.double().sum(0)

    def mean(self):
        return (self.added / self.patches).float()

    def numbers(self):
        square, tokens = self.square / self.patches, self.tokens / self.patches
        own = max(0.0, square - (self.added / self.patches).square().sum().item())
        entropy = self.entropy / self.patches
        found = dict(varying=(own / square) ** 0.5, token=(own / tokens) ** 0.5, entropy=entropy,
                     query=self.of_patch / self.patches - entropy,
                     picture=nats(self.attention / self.patches).mean().item() - entropy)
        return {name: round(value, 4) for name, value in found.items()}


@torch.no_grad()
def logits(model, pictures, means={}, blocks=None):
    """`means`: {block: vector put in place of what the pixels add}; `blocks`: Blocks that see what is added."""
    tokens, pixels = networks.embed(model, pictures, torch.arange(PATCHES))
    for index, block in enumerate(model.blocks):
        pixels, attention = networks.inner(block, pixels)
        added = networks.projection(block, pixels, len(pictures))
        if index in means:
            added = means[index].expand_as(added)
        if blocks:
            blocks[index].see(added, tokens[:, 1:], attention)
        tokens, _ = networks.outer(model, index, networks.add(tokens, added))
    return networks.classify(model, tokens)


def measure(model, crops, labels, batch=50):
    def top1(**options):
        hits = sum((logits(model, crops[at:at + batch], **options).argmax(-1) == labels[at:at + batch]).sum().item()
                   for at in range(0, len(crops), batch))
        return round(100 * hits / len(crops), 1)

    blocks = [Block() for _ in range(DEPTH)]
    result = dict(pictures=len(crops), top1=top1(blocks=blocks), blocks=[block.numbers() for block in blocks])
    means = {index: block.mean() for index, block in enumerate(blocks)}
    result["mean_block_0"] = top1(means={0: means[0]})
    result["mean_blocks_1_to_11"] = top1(means={index: mean for index, mean in means.items() if index})
    found = result["blocks"]
    result["criteria"] = dict(
        a=sum(b["varying"] >= 0.1 for b in found) >= 8 and all(b["token"] >= 0.1 for b in found[:6]),
        b=result["top1"] - result["mean_blocks_1_to_11"] >= 10,
        c=sum(b["entropy"] <= 2.5 and b["query"] >= 0.05 and b["picture"] >= 0.05 for b in found) >= 6)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", help="safetensors file of the bundled TNT's structure")
    parser.add_argument("pictures", help="folder or zip, named by WordNet ids")
    parser.add_argument("--pictures", dest="most", type=int, default=1000, help="that many of them")
    parser.add_argument("--json", action="store_true", help="everything as one JSON object")
    options = parser.parse_args()
    crops, labels = read_test(options.pictures, options.most)
    if (labels == UNLABELLED).all():
        raise SystemExit(f"{options.pictures}: no picture is named by a WordNet id of ImageNet.")
    result = measure(networks.load("tnt", options.weights).eval(), crops, labels)
    if options.json:
        print(json.dumps(result))
        return
    print("block  varying   token  entropy   query  picture")
    for index, block in enumerate(result["blocks"]):
        print(f"{index:5d}  {block['varying']:7.4f} {block['token']:7.4f}  {block['entropy']:7.3f} {block['query']:7.3f}"
              f"  {block['picture']:7.3f}")
    print(f"top-1 of {result['pictures']} pictures: {result['top1']} %; with the mean of what is added in block 0: "
          f"{result['mean_block_0']} %; in blocks 1 to 11: {result['mean_blocks_1_to_11']} %")
    print("living: " + ", ".join(f"({name}) {'yes' if met else 'no'}" for name, met in result["criteria"].items()))


if __name__ == "__main__":
    main()
