"""minhash.py: the usual baseline for near-duplicates, as its libraries set it up: MinHash with 128
permutations over word n-grams, locality-sensitive hashing into bands that suit a resemblance
threshold, a copy being whatever shares a band.

Bands and rows are chosen as datasketch's MinHashLSH does it (equal weight to false positives and
false negatives): 128 permutations and 0.7 give 14 bands of 9 rows. NumPy makes it 30 times faster
and is needed."""

import hashlib
import re

import numpy

PERMUTATIONS = 128
WORD = re.compile(r"\w+")


def shingle_hashes(text, n):
    """64-bit hashes of the distinct word n-grams, case folded; of all words if there are fewer."""
    words = WORD.findall(text.lower())
    grams = {" ".join(words[i : i + n]) for i in range(max(1, len(words) - n + 1))}
    return numpy.array(sorted(int.from_bytes(hashlib.sha1(g.encode()).digest()[:8], "little")
                              for g in grams), dtype=numpy.uint64)


class MinHash:
    """Permutation i maps h to a[i] * h + b[i] modulo 2^64, a[i] odd; its upper half is compared."""

    def __init__(self, seed=1):
        rng = numpy.random.RandomState(seed)
        words = rng.randint(0, 1 << 32, (4, PERMUTATIONS), dtype=numpy.uint64)
        self.a = (words[0] << numpy.uint64(32)) | words[1] | numpy.uint64(1)
        self.b = (words[2] << numpy.uint64(32)) | words[3]

    def signature(self, text, n):
        permuted = numpy.outer(self.a, shingle_hashes(text, n)) + self.b[:, None]
        return permuted.min(axis=1) >> numpy.uint64(32)


def integral(f, low, high, steps=1000):
    width = (high - low) / steps
    return sum(f(low + (i + 0.5) * width) for i in range(steps)) * width


def bands_for(threshold):
    """(bands, rows) with the least sum of false positive and false negative area."""
    def error(bands, rows):
        def collide(s):
            return 1 - (1 - s**rows) ** bands

        return (integral(collide, 0, threshold, 200) +
                integral(lambda s: 1 - collide(s), threshold, 1, 200))

    choices = [(b, r) for b in range(1, PERMUTATIONS + 1) for r in range(1, PERMUTATIONS // b + 1)]
    return min(choices, key=lambda c: error(*c))


class Index:
    """Articles by their bands."""

    def __init__(self, bands, rows):
        self.bands, self.rows = bands, rows
        self.table = {}

    def keys(self, signature):
        for band in range(self.bands):
            yield band, signature[band * self.rows : (band + 1) * self.rows].tobytes()

    def add(self, name, signature):
        for key in self.keys(signature):
            self.table.setdefault(key, []).append(name)

    def query(self, signature):
        return {name for key in self.keys(signature) for name in self.table.get(key, ())}
