"""How the built-in answerer works: question and evidence in, quotes out. `extractive.py` uses it.

terms, typed_values, names: words and what kind of thing they are. places, layout, tables: where
words stand on a picture. passages, excerpts, completing, matching: evidence as quotable pieces.
phrasing, questions: what is asked. ranking, finding, composing: the answer.
"""
