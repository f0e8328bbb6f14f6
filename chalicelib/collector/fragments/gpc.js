L.globalPrivacyControl&&(w.push(c=>!a.gpc.includes(c)),V.push(c=>c.context.gpc=!0));
