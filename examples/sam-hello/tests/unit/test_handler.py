import json

from hello_world import app


def test_it_greets():
    answer = app.lambda_handler({}, None)

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["message"] == "hello world"
