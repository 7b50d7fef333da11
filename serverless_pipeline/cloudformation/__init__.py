"""CloudFormation as the library sees it: stacks, their events, change sets, and what is retained."""
