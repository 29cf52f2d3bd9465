from quiz.scoring import grade


def test_grade():
    assert grade(0.95) == "A"
