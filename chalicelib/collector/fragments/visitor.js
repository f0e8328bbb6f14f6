const A="_dfa";let B={},am={},v=s(),S;function an(){return S!=1&&j()&&(v=!S&&n(A)||v,P(A,v,400),S=1),v}function ao(t){v=t,S=2}function aT(){B={},am={},ao(s())}L.push(()=>{n(A)&&(P(A,"",0),ao(s()))});
