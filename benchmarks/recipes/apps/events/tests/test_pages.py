from django.test import TestCase


class Pages(TestCase):
    def test_ping(self):
        self.assertEqual(self.client.get("/tickets/ping/").content, b"pong")
