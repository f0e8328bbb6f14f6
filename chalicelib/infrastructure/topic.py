"""Where alarms go: a topic that people, or their pagers, subscribe to."""

from typing import Any

from .parameters import HAS_ALARM_EMAIL

ALARM_TOPIC = "AlarmTopic"


def topic(prefix: str) -> dict[str, Any]:
    """The topic, its key, and the subscription of the address that the operator gave; names start with `prefix`."""
    return {
        "AlarmKey": _key(prefix),
        ALARM_TOPIC: {
            "Type": "AWS::SNS::Topic",
            "Properties": {
                "TopicName": f"{prefix}alarms",
                "DisplayName": f"{prefix}alarms",
                "KmsMasterKeyId": {"Fn::GetAtt": ["AlarmKey", "Arn"]},
            },
        },
        "AlarmTopicPolicy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {
                "Topics": [{"Ref": ALARM_TOPIC}],
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{"Resource": {"Ref": ALARM_TOPIC}} | _for_alarms(prefix, ["sns:Publish"])],
                },
            },
        },
        "AlarmEmailSubscription": {
            "Type": "AWS::SNS::Subscription",
            "Condition": HAS_ALARM_EMAIL,
            "Properties": {
                "TopicArn": {"Ref": ALARM_TOPIC},
                "Protocol": "email",
                "Endpoint": {"Ref": "AlarmEmail"},
            },
        },
    }


def _key(prefix: str) -> dict[str, Any]:
    """CloudWatch cannot use AWS's own key for topics, whose policy nobody can change; with that, alarms would be sent
    and never arrive (SNS developer guide, key management)."""
    administration = {
        "Sid": "PermissionsAreGivenByIam",
        "Effect": "Allow",
        "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},
        "Action": "kms:*",
        "Resource": "*",
    }
    return {
        "Type": "AWS::KMS::Key",
        "Properties": {
            "Description": f"{prefix}alarms: what alarms say on their way",
            "EnableKeyRotation": True,
            "KeyPolicy": {
                "Version": "2012-10-17",
                "Statement": [
                    administration,
                    {"Resource": "*"} | _for_alarms(prefix, ["kms:Decrypt", "kms:GenerateDataKey*"]),
                ],
            },
        },
    }


def _for_alarms(prefix: str, actions: list[str]) -> dict[str, Any]:
    """What the alarms of this stage may do, and no others."""
    alarms = {"Fn::Sub": f"arn:${{AWS::Partition}}:cloudwatch:${{AWS::Region}}:${{AWS::AccountId}}:alarm:{prefix}*"}
    return {
        "Sid": "AlarmsOfThisStage",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": actions,
        "Condition": {
            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
            "ArnLike": {"aws:SourceArn": alarms},
        },
    }
