# Datafly Signal on one machine. `make` lists what there is to do.

PYTHON ?= python3
RECEIVER_PORT := $(or $(PORT),9000)
override PORT := $(or $(PORT),8084)
override STATE := $(or $(STATE),.local)
STORE ?= ministack
AWS ?= moto
# Processes that run tests. A file's tests stay together, in order, for what they share takes seconds to start. Amazon's
# engine is downloaded by the first test that needs it, so only one process may.
JOBS ?= $(if $(filter dynamodb-local,$(STORE)),0,auto)
# As it was given: a dollar sign in a password is not the beginning of a variable.
override export PASSWORD := $(value PASSWORD)
VENV := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help run serve work user token receive clean-state test bench screenshots lint collector package deploy smoke sign-in upload destroy erase restore export import rotate-signing-key clean install install-aws install-dev install-sdks

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

install:
	@command -v $(PYTHON) >/dev/null || { echo "Cannot set up: $(PYTHON) is missing; install Python 3.11 or newer, or name one with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) local/install.py .venv requirements-run.txt

install-aws:
	@$(PYTHON) local/install.py .venv-aws local/requirements-aws.txt

install-dev: install
	@$(PYTHON) local/install.py .venv requirements-dev.txt
	@$(PYTHON) local/install.py .venv-aws local/requirements-aws-test.txt

install-sdks: # of other makers, for the tests that run them; without npm those are skipped
	@if command -v npm >/dev/null; then $(MAKE) -s tests/compatibility/node_modules; fi

run: install install-aws ## start everything at http://localhost:8084 (PORT=… STATE=…)
	@exec $(VENV) -m local run --port $(PORT) --state "$(STATE)" $(ARGS)

serve: install ## a further API process on the store of the running one (PORT=… STATE=…)
	@exec $(VENV) -m local serve --port $(PORT) --state "$(STATE)" $(ARGS)

work: install ## further workers for queues and schedules (STATE=…)
	@exec $(VENV) -m local work --state "$(STATE)" $(ARGS)

user: install ## make an organisation and a user (ORG=… EMAIL=… ROLE=… PASSWORD=… [NAME=…] [STATE=…])
	@$(VENV) -m local user --state "$(STATE)"

token: install ## print a fresh access token of the running server (STATE=…)
	@$(VENV) -m local token --state "$(STATE)"

receive: install ## a webhook that prints what it is sent, at http://localhost:9000/events (PORT=…)
	@exec $(VENV) -m local receive --port $(RECEIVER_PORT)

clean-state: ## forget everything kept in STATE
	@$(PYTHON) local/clean_state.py "$(STATE)"

test: install-dev install-sdks ## run every test (AWS=ministack: the API's with IAM enforced; STORE=dynamodb-local for Amazon's engine, JOBS=0 in one process, ARGS=… for pytest)
	@STORE=$(STORE) AWS=$(AWS) $(VENV) -m pytest --numprocesses $(JOBS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: install-dev ## check style and types
	@$(VENV) -m ruff check .
	@$(VENV) -m ruff format --check .
	@$(VENV) -m mypy

bench: install-dev ## measure the budgets; counts and ratios decide, times inform
	@$(VENV) -m benchmarks $(ARGS)

screenshots: install-dev ## take pictures of the console's screens into docs/console and build/screenshots (needs Chromium)
	@$(VENV) -m tests.browser.screenshots

collector: deployment/collector/node_modules ## minify the collector's modules into what builds are made of (ARGS=--check only compares)
	@node deployment/collector/fragments.mjs $(ARGS)

deployment/collector/node_modules tests/compatibility/node_modules: %/node_modules: %/package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing; install Node.js 18 or newer" >&2; exit 1; }
	@cd $* && npm ci --ignore-scripts=$(if $(findstring tests,$*),true,false) --no-audit --no-fund --loglevel=error
	@touch $@

package: install-dev ## make the Lambda zip and the CloudFormation template (ARGS="--stage prod")
	@$(VENV) -m deployment.package $(ARGS)

# A stage is named where it is meant, so only what is said on the command line counts; said and empty is said too.
said = $(if $(filter command,$(origin $(1))),--$(2) '$(subst ','\'',$(value $(1)))')
PLACE = $(call said,STAGE,stage) $(call said,REGION,region)
FIRST_USER = $(call said,ORG,org) $(call said,EMAIL,email)

deploy: install ## deploy to AWS (STAGE=… [REGION=…] [DOMAIN=… CERTIFICATE=…] [EMAIL=… ORG=…] [PARAMETERS="Name=value …"])
	@exec $(VENV) -m deployment.deploy $(PLACE) $(call said,DOMAIN,domain) $(call said,CERTIFICATE,certificate) $(FIRST_USER) $(call said,PARAMETERS,parameters) $(ARGS)

smoke: install ## test a deployed stage from the outside (STAGE=… [REGION=…] [ADDRESS=https://…])
	@exec $(VENV) -m deployment.smoke $(PLACE) $(call said,ADDRESS,address)

sign-in: install ## make an owner of a deployed stage, or give one a new password (STAGE=… EMAIL=… [ORG=…] [REGION=…])
	@exec $(VENV) -m deployment.sign_in $(PLACE) $(FIRST_USER)

upload: install ## package and upload, for who deploys by other means, such as Terraform (STAGE=… [REGION=…])
	@exec $(VENV) -m deployment.upload $(PLACE) $(ARGS)

destroy: install ## take a stage away and keep its data, or not (STAGE=… [REGION=…] [CONFIRM=stage] [DATA=delete])
	@exec $(VENV) -m deployment.destroy $(PLACE) $(call said,DATA,data) $(call said,CONFIRM,confirm) $(call said,CONFIRM_DATA,confirm-data)

# The local stage is that of `make run`; its state folder is named as it is there.
operate = exec $(VENV) -m operations $(1) $(PLACE) --state "$(STATE)"

erase: install ## erase a person's events, or a pipeline's (STAGE=… ORG=… USER_ID=… [ANONYMOUS_ID=…] or PIPELINE=… [DRY_RUN=1] [FOLLOW_SHARED=1] [CONFIRM=…])
	@$(call operate,erase) $(call said,ORG,org) $(call said,USER_ID,user-id) $(call said,PIPELINE,pipeline) $(call said,ANONYMOUS_ID,anonymous-id) $(call said,DRY_RUN,dry-run) $(call said,FOLLOW_SHARED,follow-shared) $(call said,CONFIRM,confirm)

restore: install ## bring back what tables had (STAGE=… TABLE=… AT=… [DIFFERENT=1] [DRY_RUN=1] [CONFIRM=stage] [REGION=…])
	@$(call operate,restore) $(call said,TABLE,table) $(call said,AT,at) $(call said,DIFFERENT,different) $(call said,DRY_RUN,dry-run) $(call said,CONFIRM,confirm)

# A passphrase behind make could be seen by others of the machine, so it is only taken from the environment.
hidden = $(if $(filter command,$(origin PASSPHRASE)),$(error PASSPHRASE behind make can be seen by others: put it into the environment, or type it when asked))

export: install ## write configuration and people into a file for another stage (STAGE=… FILE=… [AUDIT=1] [REGION=…], PASSPHRASE in the environment)
	$(hidden)@$(call operate,export) $(call said,FILE,file) $(call said,AUDIT,audit)

import: install ## take such a file in (STAGE=… FILE=… [DIFFERENT=1] [REMOVED=1] [NEWER=1] [DRY_RUN=1] [CONFIRM=stage] [REGION=…])
	$(hidden)@$(call operate,import) $(call said,FILE,file) $(call said,DIFFERENT,different) $(call said,REMOVED,removed) $(call said,NEWER,newer) $(call said,DRY_RUN,dry-run) $(call said,CONFIRM,confirm)

rotate-signing-key: install ## sign with a new key; LEAKED=1: and refuse what the old one signed (STAGE=… [REGION=…] [LEAKED=1])
	@$(call operate,rotate-signing-key) $(call said,LEAKED,leaked)

clean: ## remove environments and everything built
	@rm -rf .venv .venv-aws build deployment/collector/node_modules tests/compatibility/node_modules .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
