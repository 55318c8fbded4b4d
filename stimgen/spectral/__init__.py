"""What a sound is made of: frames, phases, pitch and envelopes, and how two sounds meet in time."""
