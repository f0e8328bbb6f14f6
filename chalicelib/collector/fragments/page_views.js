Q.push(()=>{const e=()=>N("page");A.early.some(e=>e[0]=="page")||(B.prerendering?F(B,"prerenderingchange",e):e()),F(G,"pageshow",t=>t.persisted&&e())});
