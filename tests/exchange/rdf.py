"""Exported words as an independent RDF library and YAML reader see them.

For each project folder below the given one: SKOS loads, its labels are pairwise disjoint, no
language has two preferred labels, `related` is disjoint with the hierarchy; what rdflib writes of
it goes to `again.ttl`. The Vale style's YAML parses.
"""
import sys
from itertools import combinations
from pathlib import Path

import yaml
from rdflib import RDF, Graph
from rdflib.namespace import SKOS

checks = 0
for folder in sorted(path for path in Path(sys.argv[1]).iterdir() if path.is_dir()):
    graph = Graph().parse(folder / "glossary.ttl", format="turtle")
    concepts = sorted(graph.subjects(RDF.type, SKOS.Concept))
    assert concepts, folder
    labels = [SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel]
    for concept in concepts:
        sets = [set(graph.objects(concept, label)) for label in labels]
        for one, other in combinations(sets, 2):
            assert not one & other, (concept, one & other)
        languages = [label.language for label in sets[0]]
        assert len(languages) == len(set(languages)), (concept, languages)
        assert list(graph.objects(concept, SKOS.inScheme)), concept
        above = set(graph.transitive_objects(concept, SKOS.broader)) - {concept}
        below = set(graph.transitive_subjects(SKOS.narrower, concept)) - {concept}
        related = set(graph.objects(concept, SKOS.related))
        assert not related & (above | below), (concept, related & (above | below))
        checks += 1
    graph.serialize(folder / "again.ttl", format="turtle", encoding="utf-8")
    rules = list((folder / "vale").glob("styles/sajeon-*/*.yml"))
    assert len(rules) == 2, rules
    for rule in rules:
        read = yaml.safe_load(rule.read_text(encoding="utf-8"))
        assert read["extends"] == "substitution" and read["nonword"] is True, rule
        assert isinstance(read["swap"], dict), rule
    checks += 1
print(f"# pass {checks}")
