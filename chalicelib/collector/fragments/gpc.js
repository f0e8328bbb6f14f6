O.globalPrivacyControl&&(_.push(e=>!A.gpc.includes(e)),T.push(e=>e.context.gpc=!0));
