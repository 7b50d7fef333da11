"""CloudFormation: nested stacks, change sets, deletions and rights, as far as MiniStack lacks them."""
