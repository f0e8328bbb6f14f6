Q.push(()=>{const e=()=>q("page");a.early.some(r=>r[0]=="page")||(c.prerendering?f(c,"prerenderingchange",e):e()),f(g,"pageshow",r=>r.persisted&&e())});
