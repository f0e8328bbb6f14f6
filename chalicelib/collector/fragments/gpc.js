v.globalPrivacyControl&&(u.push(c=>!a.gpc.includes(c)),T.push(c=>c.context.gpc=!0));
