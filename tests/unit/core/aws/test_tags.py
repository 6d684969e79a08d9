from hypothesis import given
from hypothesis import strategies as st

from core.aws.tags import MAX_USER_TAGS, check_aws_tags
from core.input.problems import Problems
from tests.support.aws_api import against, model


def problems(tags):
    found = Problems()
    check_aws_tags(tags, "tags", found)
    return list(found)


@given(st.dictionaries(st.text(min_size=0, max_size=140), st.text(max_size=270), min_size=1, max_size=MAX_USER_TAGS))
def test_what_passes_here_passes_the_strictest_models(tags):
    if problems(tags):
        return
    assert list(against(tags, model("eks").shape_for("TagMap"), "tags")) == []
    assert list(against(tags, model("logs").shape_for("Tags"), "tags")) == []


def test_letters_of_any_script_and_the_usual_marks_are_allowed():
    assert problems({"équipe": "Stimme/voix 42_.:/=+-@", "kubernetes.io/role/elb": ""}) == []


def test_each_broken_rule_is_named():
    assert len(problems({"AWS:x": "y"})) == 1
    assert len(problems({"": "y"})) == 1
    assert len(problems({"a": "tab\u0000", "b!": "c"})) == 2
