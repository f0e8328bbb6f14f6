const G="_dfs";t.push(e=>{if(!j(a.ga[0]))return;const s=c.cookie.match("_ga_"+a.ga[1]+"=(GS[^;]+)"),o=s?s[1]:n(G)||""+al();s||P(G,o,.0208),e.context.cookies[G]=o});
