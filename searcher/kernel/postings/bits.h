/* Reading numbers and bits from bytes in any place. */

#ifndef SEARCHER_POSTINGS_BITS_H
#define SEARCHER_POSTINGS_BITS_H

#include <stdint.h>
#include <string.h>

static uint64_t word(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, 8);
    return value;
}

static uint32_t half(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
}

static int lowest_bit(uint64_t value)
{
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_ctzll(value);
#else
    int bit = 0;
    while (!(value & 255)) {
        value >>= 8;
        bit += 8;
    }
    while (!(value & 1)) {
        value >>= 1;
        bit++;
    }
    return bit;
#endif
}

static int bit_length(uint64_t value)
{
#if defined(__GNUC__) || defined(__clang__)
    return value ? 64 - __builtin_clzll(value) : 0;
#else
    int bits = 0;
    while (value) {
        value >>= 1;
        bits++;
    }
    return bits;
#endif
}

static int ones(uint64_t value)
{
    value -= (value >> 1) & 0x5555555555555555u;
    value = (value & 0x3333333333333333u) + ((value >> 2) & 0x3333333333333333u);
    value = (value + (value >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (int)((value * 0x0101010101010101u) >> 56);
}

/* The position of the nth one, counted from 1, of a word that has so many. */
static int select_one(uint64_t value, int nth)
{
    int at = 0, half_ones;
    half_ones = ones(value & 0xffffffffu);
    if (nth > half_ones) {
        nth -= half_ones;
        at = 32;
    }
    half_ones = ones((value >> at) & 0xffffu);
    if (nth > half_ones) {
        nth -= half_ones;
        at += 16;
    }
    half_ones = ones((value >> at) & 0xffu);
    if (nth > half_ones) {
        nth -= half_ones;
        at += 8;
    }
    value >>= at;
    while (--nth)
        value &= value - 1;
    return at + lowest_bit(value);
}

static int64_t least_of(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

#endif
