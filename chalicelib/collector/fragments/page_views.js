m.push(()=>{const e=()=>p("page");a.early.some(r=>r[0]=="page")||(c.prerendering?f(c,"prerenderingchange",e):e()),f(d,"pageshow",r=>r.persisted&&e())});
