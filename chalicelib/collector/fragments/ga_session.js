{const t="_dfs";T.push(i=>{if(!J(a.ga[0]))return;const o=c.cookie.match("_ga_"+a.ga[1]+"=(GS[^;]+)"),e=o?o[1]:n(t)||""+s();o||C(t,e,.0208),i.context.cookies[t]=e})}
