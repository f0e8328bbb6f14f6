"""Bodies as callers may send them, for the API's description."""

LOGIN = {"email": "ada@example.com", "password": "a long enough password"}
REFRESH = {"refresh_token": "rt_ses_1m84qnrwy78xmwbbf312_GKfO0Z6JQiUYVdVILBcFVZLRiL0Vdh_Y4uWqD_1k2Ls"}
CHANGE_PASSWORD = {"current_password": "a long enough password", "new_password": "another long password"}
ADD_USER = {"email": "grace@example.com", "name": "Grace", "role": "editor", "password": "a long enough password"}
CHANGE_USER = {"role": "admin"}
