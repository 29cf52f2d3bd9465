from courier.queue import TaskQueue


def test_empty():
    assert len(TaskQueue()) == 0
