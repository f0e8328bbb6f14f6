q.globalPrivacyControl&&(I.push(c=>!a.gpc.includes(c)),t.push(c=>c.context.gpc=!0));
