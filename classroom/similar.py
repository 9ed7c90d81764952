"""Compares submissions, and finds pairs that are more similar than a small task explains.

The Python files that differ from the assignment are compared. Comments, formatting, strings and
the names that a student has chosen do not count: renaming a variable is not writing code. Each K
tokens in a row give a fingerprint, and one of each W fingerprints is kept (Schleimer, Wilkerson,
Aiken: Winnowing, 2003). Fingerprints of the assignment itself, and those that most of the class
shares, are left out.
"""

import ast
import io
import tokenize
from collections import Counter
from hashlib import blake2b
from itertools import combinations

# These values were measured: see docs/teaching.md.
K = 16
W = 8
# A pair is reported if it shares this part of the shorter one's fingerprints.
THRESHOLD = 0.3
# From this part on, it is reported even if most of the class has the same code.
COPIED = 0.8
# Fewer fingerprints than this are too few to compare.
MINIMUM = 30
# In a class of at least this size, code that more than half of it shares does not count.
CLASS = 8
# Larger files are not written by hand.
MAX_CODE = 200_000
LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)


def chosen_names(text):
    """Return the names that the Python code `text` defines."""
    names = set()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return names
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.attr)
        elif isinstance(node, ast.alias) and node.asname:
            names.add(node.asname)
    return names


def tokens(text):
    """Return the tokens of the Python code `text`, without comments, formatting and strings."""
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in LAYOUT:
                found.append("''" if token.type == tokenize.STRING else token.string)
    except (tokenize.TokenError, SyntaxError, ValueError):
        # Invalid code is compared up to the error.
        pass
    return found


def fingerprints(found, names):
    """Return the fingerprints of the tokens: the least hash of each W. All `names` are equal."""
    found = ["name" if token in names else token for token in found]
    hashes = [
        blake2b("\0".join(found[at : at + K]).encode(), digest_size=8).digest()
        for at in range(len(found) - K + 1)
    ]
    return {min(hashes[at : at + W]) for at in range(max(len(hashes) - W + 1, min(1, len(hashes))))}


def code_of(files):
    """Return the text of each Python file, without migrations, which Django writes."""
    return {
        name: content.decode(errors="replace").replace("\r\n", "\n")
        for name, content in files.items()
        if name.endswith(".py") and "/migrations/" not in name and len(content) < MAX_CODE
    }


def prints_of(files, starter):
    """Return the fingerprints of each file, without those of the `starter`."""
    texts = code_of(files)
    names = set().union(*map(chosen_names, texts.values()))
    given = set().union(*(fingerprints(found, names) for found in starter))
    return {name: fingerprints(tokens(text), names) - given for name, text in texts.items()}


def shared(mine, theirs):
    """Return which part of the shorter one is in the other: from 0 to 1."""
    shorter = min(len(mine), len(theirs))
    return len(mine & theirs) / shorter if shorter >= MINIMUM else 0


def pairs(submissions, starter):
    """Return the similar pairs of `submissions` (files by path, by name).

    Each is (percent, one, other, files), the most similar first.
    """
    starter = [tokens(text) for text in code_of(starter).values()]
    prints = {name: prints_of(files, starter) for name, files in submissions.items()}
    whole = {name: frozenset().union(*files.values()) for name, files in prints.items()}
    # Identical submissions count once.
    seen = Counter(each for distinct in set(whole.values()) for each in distinct)
    distinct = len(set(whole.values()))
    common = {each for each, times in seen.items() if distinct >= CLASS and times > distinct / 2}
    found = []
    for one, other in combinations(sorted(whole), 2):
        share = shared(whole[one], whole[other])
        if share < COPIED:
            share = shared(whole[one] - common, whole[other] - common)
        if share >= THRESHOLD:
            both = whole[one] & whole[other]
            where = [name for name, own in prints[one].items() if own & both]
            found.append((round(100 * share), one, other, sorted(where)))
    return sorted(found, key=lambda pair: (-pair[0], *pair[1:3]))
