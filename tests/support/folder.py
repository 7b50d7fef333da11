"""A folder with files, for the tests that look at one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HANDLER = 'def lambda_handler(event, context):\n    return {"statusCode": 200, "body": "hello"}\n'
SAM = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Timeout: 3
Resources:
  HelloWorldFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: hello_world/
      Handler: app.lambda_handler
      Runtime: python3.12
      Events:
        HelloWorld:
          Type: Api
          Properties:
            Path: /hello
            Method: get
Outputs:
  HelloWorldApi:
    Value: !Sub https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/hello/
"""
"""What `sam init` makes, in short."""

UNIT_TEST = """\
from hello_world.app import lambda_handler


def test_it():
    assert lambda_handler({}, None)["statusCode"] == 200
"""
SAM_PROJECT = {
    "template.yaml": SAM,
    "hello_world/__init__.py": "",
    "hello_world/app.py": HANDLER,
    "hello_world/requirements.txt": "iniconfig==2.1.0\n",
    "tests/requirements.txt": "pytest\n",
    "tests/unit/test_handler.py": UNIT_TEST,
    "tests/integration/test_api.py": "def test_it():\n    assert False\n",
}
TEST = "def test_it():\n    pass\n"
SITE_PROJECT = {"public/index.html": "<title>hello</title>\n"}


def fill(folder: Path, files: dict[str, str]) -> Path:
    """Write files by their paths in a folder; answers the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
