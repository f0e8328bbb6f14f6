H.push(()=>{const e=()=>z("page");a.early.some(r=>r[0]=="page")||(i.prerendering?S(i,"prerenderingchange",e):e()),S(d,"pageshow",r=>r.persisted&&e())});
