"""The kinds of sound that the quality benchmark draws pairs of, each with a known truth between them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from stimgen.synth import KnownPair, random_syllable_pair, random_vowel_pair, random_word_pair
from stimgen.synth.draws_calls import random_noisy_call_pair, random_stack_pair, random_sweep_pair
from stimgen.synth.draws_syrinx import random_rough_call_pair, random_syrinx_pair, random_two_voiced_pair
from stimgen.synth.draws_tract import (
    random_creak_pair,
    random_nasalised_pair,
    random_reverberant_pair,
    random_tract_vowel_pair,
)
from stimgen.synth.draws_tract_consonants import random_nasal_pair, random_stop_pair
from stimgen.synth.draws_trills import random_pulse_train_pair, random_trill_pair
from stimgen.synth.draws_voice import (
    random_fricative_vowel_pair,
    random_glide_pair,
    random_mixed_word_pair,
    random_voiced_voiceless_pair,
)
from stimgen.synth.pairs import WordKinds

Draw = Callable[[np.random.Generator, int], KnownPair[Any]]
VOICE_HZ, CALL_HZ = (60.0, 700.0), (300.0, 8000.0)
_TWO_EVENTS: tuple[WordKinds, ...] = ("VV", "FVV", "VCV", "VVV")
_MORE_EVENTS: tuple[WordKinds, ...] = ("VFV", "FVCV", "VCVV")


@dataclass(frozen=True, kw_only=True)
class Family:
    """A kind of sound.

    Args:
        draw: Draws pair number i.
        rate_hz: Sampling rate, Hz.
        truth: "source-filter" where the truth interpolates pitch, formants and levels, "physical" where it
            interpolates what makes them.
        is_voice: Whether people make it.
        f0_range_hz: A fair range in which WORLD and the F0 measure look for the fundamental, Hz.
    """

    draw: Draw
    rate_hz: int
    truth: Literal["source-filter", "physical"]
    is_voice: bool
    f0_range_hz: tuple[float, float]


def _voice(draw: Draw, truth: Literal["source-filter", "physical"] = "source-filter") -> Family:
    return Family(draw=draw, rate_hz=16000, truth=truth, is_voice=True, f0_range_hz=VOICE_HZ)


def _call(
    draw: Draw, truth: Literal["source-filter", "physical"] = "source-filter", rate_hz: int = 32000
) -> Family:
    return Family(draw=draw, rate_hz=rate_hz, truth=truth, is_voice=False, f0_range_hz=CALL_HZ)


FAMILIES: dict[str, Family] = {
    "vowels": _voice(lambda rng, _: random_vowel_pair(rng)),
    "high vowels": _voice(lambda rng, _: random_vowel_pair(rng, f0_range_hz=(220.0, 400.0))),
    "glides": _voice(lambda rng, _: random_glide_pair(rng)),
    "words, 1-2 events": _voice(
        lambda rng, i: random_word_pair(rng, kinds=_TWO_EVENTS[i % len(_TWO_EVENTS)])
    ),
    "words, 2-3 events": _voice(
        lambda rng, i: random_word_pair(rng, kinds=_MORE_EVENTS[i % len(_MORE_EVENTS)])
    ),
    "fricative-vowel": _voice(lambda rng, _: random_fricative_vowel_pair(rng)),
    "voiced-voiceless": _voice(lambda rng, _: random_voiced_voiceless_pair(rng)),
    "words to voiceless": _voice(lambda rng, _: random_mixed_word_pair(rng)),
    "syllables": _call(lambda rng, _: random_syllable_pair(rng)),
    "sweeps": _call(lambda rng, _: random_sweep_pair(rng)),
    "stacks": _call(lambda rng, _: random_stack_pair(rng)),
    "trills": _call(lambda rng, _: random_trill_pair(rng)),
    "pulse trains": _call(lambda rng, _: random_pulse_train_pair(rng)),
    "noisy calls": _call(lambda rng, _: random_noisy_call_pair(rng)),
    "tract vowels": _voice(lambda rng, _: random_tract_vowel_pair(rng), "physical"),
    "tract nasalised": _voice(lambda rng, _: random_nasalised_pair(rng), "physical"),
    "tract nasal + vowel": _voice(lambda rng, _: random_nasal_pair(rng), "physical"),
    "tract stop + vowel": _voice(lambda rng, _: random_stop_pair(rng), "physical"),
    "tract creak": _voice(lambda rng, _: random_creak_pair(rng), "physical"),
    "tract in a room": _voice(lambda rng, _: random_reverberant_pair(rng), "physical"),
    "syrinx": _call(lambda rng, _: random_syrinx_pair(rng), "physical"),
    "syrinx, two voices": _call(lambda rng, _: random_two_voiced_pair(rng), "physical"),
    "syrinx, rough": _call(lambda rng, _: random_rough_call_pair(rng), "physical"),
}
