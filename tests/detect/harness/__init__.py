"""The harness of the judgement's public benchmark.

A worker plays one scenario through a subject (`ms` or a plain pty) and leaves a trace: the output
with its times, what was typed, the truth over time, and what the subject reported. Everything that
is judged (ms and the baselines) is judged from the same traces, afterwards.
"""
