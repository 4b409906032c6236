"""Chance inside the kernel: the same keyed uniforms as `simulation.draws`, looked up one by one where they are needed.

A uniform is one word of a Philox4x64-10 block (Salmon, Moraes, Dror and Shaw 2011, SC '11) whose key is the SHA-256 of a name (FIPS 180-4)
and whose counter is a citizen. Both are computed here because the kernel can call no library that speaks Python; tests hold them
against `hashlib` and NumPy. Quantiles of the normal and the gamma law are SciPy's own functions, called by their address.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import types
from numba.extending import get_cython_function_address, intrinsic

from simulation import draws
from simulation.draws import Whole
from simulation.engines.jit import PLAIN, Bytes, Floats, Numbers, Word, compiled, entry, ready, source
from simulation.engines.tables import DETAILS, FIRST, GAMMA_AT, KEYS_N, LAWS, NDTRI_AT, PREFIX_N, PURPOSES, STREAMS, N, at

CONSTANT, LOGNORMAL, EXPONENTIAL, GAMMA_LAW, UNIFORM, EMPIRICAL, DISCRETE = range(7)
Memory = Any
Words = Any
"""uint64 (n,)."""
KEY = np.dtype([("id", np.int64), ("low", np.uint64), ("high", np.uint64)])
"""One place of the table of keys: 1 + the packed name, 0 where it is empty, and the key."""
MASK = 0xFFFFFFFF


def _roots(power: int, count: int) -> list[int]:
    """Return the first 32 bits of the fractional parts of the roots of the first primes, as SHA-256 is defined by them."""
    primes: list[int] = []
    n = 2
    while len(primes) < count:
        if all(n % p for p in primes):
            primes.append(n)
        n += 1
    found = []
    for p in primes:
        low, high, wanted = 0, p << 32, p << (32 * power)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if middle**power <= wanted else (low, middle - 1)
        found.append(low & MASK)
    return found


_ROUND = np.array(_roots(3, 64), dtype=np.int64)
_START = np.array(_roots(2, 8), dtype=np.int64)


if PLAIN:  # the same in plain Python, for who follows the kernel step by step

    def _high(a: Any, b: Any) -> Any:
        return np.uint64((int(a) * int(b)) >> 64)

    def _call1(function: int, x: float) -> Any:
        from scipy.special import ndtri

        return float(ndtri(x))

    def _call2(function: int, a: float, x: float) -> Any:
        from scipy.special import gammaincinv

        return float(gammaincinv(a, x))

else:
    from llvmlite import ir

    @intrinsic
    def _high(typing: Any, a: Any, b: Any) -> Any:
        """The upper 64 bits of a product."""

        def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            wide = ir.IntType(128)
            product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
            return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

        return types.uint64(types.uint64, types.uint64), build

    def _foreign(builder: Any, address: Any, *values: Any) -> Any:
        """A call of a function of `scipy.special.cython_special`, whose last argument says that Python is not asked."""
        double, whole = ir.DoubleType(), ir.IntType(32)
        kind = ir.FunctionType(double, [*(double for _ in values), whole])
        return builder.call(builder.inttoptr(address, kind.as_pointer()), [*values, ir.Constant(whole, 0)])

    @intrinsic
    def _call1(typing: Any, function: Any, x: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return _foreign(builder, *args)

        return types.float64(types.int64, types.float64), build

    @intrinsic
    def _call2(typing: Any, function: Any, a: Any, x: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return _foreign(builder, *args)

        return types.float64(types.int64, types.float64, types.float64), build


def address(function: str) -> int:
    """Return where SciPy has a function of its Cython interface."""
    return int(get_cython_function_address("scipy.special.cython_special", function))


_M0, _M1 = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
_W0, _W1 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)


@compiled
def philox(low: Word, high: Word, first: Word, second: Word, lane: int) -> Any:
    """Return word `lane` of the block of Philox4x64-10 with key (low, high) and counter (first, second, 0, 0)."""
    a, b, c, d = first, second, np.uint64(0), np.uint64(0)
    for _ in range(10):
        up, over = _high(_M0, a), _high(_M1, c)
        a, b, c, d = over ^ b ^ low, _M1 * c, up ^ d ^ high, _M0 * a
        low, high = low + _W0, high + _W1
    if lane == 0:
        return a
    if lane == 1:
        return b
    if lane == 2:
        return c
    return d


@compiled
def _turn(x: int, n: int) -> Any:
    return ((x >> n) | (x << (32 - n))) & MASK


@compiled
def hashed(text: Bytes, length: int) -> Any:
    """Return the first 16 bytes of the SHA-256 of `text[:length]` as two little-endian words."""
    state, w = _START.copy(), np.empty(64, np.int64)
    blocks = (length + 8) // 64 + 1
    for block in range(blocks):
        for k in range(16):
            word = 0
            for j in range(4):
                n = 64 * block + 4 * k + j
                byte = 0
                if n < length:
                    byte = int(text[n])
                elif n == length:
                    byte = 0x80
                elif n >= 64 * blocks - 8:
                    byte = ((8 * length) >> (8 * (64 * blocks - 1 - n))) & 0xFF
                word = (word << 8) | byte
            w[k] = word
        for k in range(16, 64):
            x, y = w[k - 15], w[k - 2]
            w[k] = (w[k - 16] + (_turn(x, 7) ^ _turn(x, 18) ^ (x >> 3)) + w[k - 7] + (_turn(y, 17) ^ _turn(y, 19) ^ (y >> 10))) & MASK
        a, b, c, d, e, f, g, h = state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]
        for k in range(64):
            s = h + (_turn(e, 6) ^ _turn(e, 11) ^ _turn(e, 25)) + ((e & f) ^ ((MASK ^ e) & g)) + _ROUND[k] + w[k]
            m = (_turn(a, 2) ^ _turn(a, 13) ^ _turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
            a, b, c, d, e, f, g, h = (s + m) & MASK, a, b, c, (d + s) & MASK, e, f, g
        for k, more in enumerate((a, b, c, d, e, f, g, h)):
            state[k] = (state[k] + more) & MASK
    return _word(state[0], state[1]), _word(state[2], state[3])


@compiled
def _word(first: int, second: int) -> Any:
    """Return eight bytes, written big end first in two halves, as a little-endian word."""
    found = np.uint64(0)
    for k in range(4):
        found |= np.uint64((first >> (24 - 8 * k)) & 0xFF) << np.uint64(8 * k)
        found |= np.uint64((second >> (24 - 8 * k)) & 0xFF) << np.uint64(32 + 8 * k)
    return found


@compiled
def _joined(P: Numbers, T: Bytes, into: Bytes, n: int, table: int, k: int) -> Any:
    """Write a text and the separator behind the first `n` bytes of `into`."""
    first, length = at(P, table, k, FIRST), at(P, table, k, N)
    for j in range(length):
        into[n + j] = T[first + j]
    into[n + length] = 0x1F
    return n + length + 1


@compiled
def _number(into: Bytes, n: int, x: int) -> Any:
    """Write a whole number >= 0 behind the first `n` bytes of `into`."""
    digits = 1
    while x >= 10**digits:
        digits += 1
    for j in range(digits):
        into[n + digits - 1 - j] = 48 + x % 10
        x //= 10
    return n + digits


@compiled
def raw(m: Memory, purpose: int, stream: int, detail: int, visit: int, file: int, date: int, number: int) -> Any:
    """Return the 64 random bits of a citizen (date, number) in the stream of a name."""
    P, T, S, keys = m.P, m.T, m.S, m.keys
    id = ((((np.int64(purpose) << 12 | np.int64(stream)) << 17 | np.int64(detail)) << 14 | np.int64(visit)) << 13 | np.int64(file)) + 1
    size = len(keys)
    place = np.int64((np.uint64(id) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)) & (size - 1)
    while keys[place].id != id:
        if keys[place].id == 0:
            if 4 * S[KEYS_N] > 3 * size:
                raise MemoryError("keys")
            S[KEYS_N] += 1
            into = np.empty(P[PREFIX_N], np.uint8)
            n = _joined(P, T, into, 0, PURPOSES, 0)
            n = _joined(P, T, into, n, PURPOSES, 1 + purpose)
            n = _joined(P, T, into, n, STREAMS, stream)
            n = _joined(P, T, into, n, DETAILS, detail)
            n = _number(into, n, visit)
            into[n] = 0x1F
            n = _number(into, n + 1, file)
            low, high = hashed(into, n)
            keys[place].low, keys[place].high, keys[place].id = low, high, id
            break
        place = (place + 1) & (size - 1)
    block = np.uint64(np.int64(date) * 16 + (number % 64) // 4 + 1)
    return philox(keys[place].low, keys[place].high, block, np.uint64(number // 64), number % 4)


@compiled
def quantile(m: Memory, law: int, bits: Word) -> Any:
    """Return the quantile of a law at 64 random bits; the formulas are those of `simulation.distributions`."""
    P, F = m.P, m.F
    u = (float(bits >> np.uint64(12)) + 0.5) * 2.0**-52
    kind, first, n = at(P, LAWS, law, 0), at(P, LAWS, law, 1), at(P, LAWS, law, 2)
    if kind == LOGNORMAL:
        return F[first] * math.exp(F[first + 1] * _call1(P[NDTRI_AT], u))
    if kind == DISCRETE:
        k = 0
        while k < n - 1 and F[first + k] < u:
            k += 1
        return F[first + n + k]
    if kind == CONSTANT:
        return F[first]
    if kind == EXPONENTIAL:
        return -F[first] * math.log1p(-u)
    if kind == GAMMA_LAW:
        return _call2(P[GAMMA_AT], F[first], u) * F[first + 1]
    if kind == UNIFORM:
        return F[first] + u * (F[first + 1] - F[first])
    return interpolated(F, first, n, u)


@compiled
def interpolated(F: Floats, first: int, n: int, x: float) -> Any:
    """Return the piecewise linear function through (F[first + k], F[first + n + k]), k < n, at x; flat outside."""
    low, high = 0, n - 1
    if x >= F[first + high]:
        return F[first + n + high]
    if x <= F[first]:
        return F[first + n]
    while high - low > 1:
        middle = (low + high) // 2
        if F[first + middle] <= x:
            low = middle
        else:
            high = middle
    a, b = F[first + low], F[first + n + low]
    return (F[first + n + low + 1] - b) / (F[first + low + 1] - a) * (x - a) + b


def _entry(of: int) -> Any:
    """Return what draws in bulk, which closes over the digest of all source that it is made of (`jit.source`)."""

    @entry
    def drawn(key: Words, dates: Numbers, numbers: Numbers, found: Floats) -> None:
        for k in range(min(len(found), len(dates), len(numbers)) if of >= 0 else 0):
            block = np.uint64(dates[k] * 16 + (numbers[k] % 64) // 4 + 1)
            bits = philox(key[0], key[1], block, np.uint64(numbers[k] // 64), numbers[k] % 4)
            found[k] = (float(bits >> np.uint64(12)) + 0.5) * 2.0**-52

    return drawn


_drawn = _entry(source("chance", "tables"))


def prepare() -> None:
    """Compile what draws in bulk, or take it from the cache."""
    ready(_drawn, {"Words": types.Array(types.uint64, 1, "C")}, lambda done, planned: None)


def uniforms(name: tuple[object, ...], dates: Whole, numbers: Whole) -> Any:
    """Return what `draws.uniforms` returns, for no more than is asked for: where a day has few, most of a stream is never looked at."""
    if PLAIN:
        return draws.uniforms(name, dates, numbers)
    prepare()
    found = np.empty(len(dates))
    _drawn(draws.key_of(name), np.ascontiguousarray(dates, np.int64), np.ascontiguousarray(numbers, np.int64), found)
    return found


__all__ = ["KEY", "address", "hashed", "interpolated", "philox", "prepare", "quantile", "raw", "uniforms"]
