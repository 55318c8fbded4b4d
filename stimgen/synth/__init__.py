"""Sounds made from parameters, so that the true intermediate of any two of them is known."""

from stimgen.synth.contour import Contour, glide, spoken_f0, steady
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
from stimgen.synth.interpolate import Interpolable, interpolate, true_alignment
from stimgen.synth.pairs import KnownPair, random_syllable_pair, random_vowel_pair, random_word_pair
from stimgen.synth.syllable import SyllableParameters
from stimgen.synth.synthesise import synthesise
from stimgen.synth.tone import calibration_noise, chirp, complex_tone, tone
from stimgen.synth.vowel import VOWEL_FORMANTS_HZ, VowelParameters, vowel
from stimgen.synth.word import Segment, WordParameters, closure_segment, fricative_segment, vowel_segment

__all__ = [
    "VOWEL_FORMANTS_HZ",
    "Contour",
    "Interpolable",
    "KnownPair",
    "Segment",
    "SyllableParameters",
    "VowelParameters",
    "WordParameters",
    "calibration_noise",
    "chirp",
    "closure_segment",
    "complex_tone",
    "fricative_segment",
    "glide",
    "interpolate",
    "random_creak_pair",
    "random_fricative_vowel_pair",
    "random_glide_pair",
    "random_mixed_word_pair",
    "random_nasal_pair",
    "random_nasalised_pair",
    "random_noisy_call_pair",
    "random_pulse_train_pair",
    "random_reverberant_pair",
    "random_rough_call_pair",
    "random_stack_pair",
    "random_stop_pair",
    "random_sweep_pair",
    "random_syllable_pair",
    "random_syrinx_pair",
    "random_tract_vowel_pair",
    "random_trill_pair",
    "random_two_voiced_pair",
    "random_voiced_voiceless_pair",
    "random_vowel_pair",
    "random_word_pair",
    "spoken_f0",
    "steady",
    "synthesise",
    "tone",
    "true_alignment",
    "vowel",
    "vowel_segment",
]
