"""Other programs asked the same questions: each optional, each in a process of its own.

`cells` lists the cells of an arrangement, `minimality` asks whether a lower point exists nearby,
`worker` runs one of them and reports CPU time and peak memory, `pool` keeps the workers.
"""
