{let z,j;const q=E((e,t)=>{t&&e.eventStatus!="cmpuishown"&&k(()=>j=e)});Y(A.consent.tcf,e=>(!z&&G.__tcfapi&&G.__tcfapi("addEventListener",z=2,q),j?j.gdprApplies===!1||j.purpose.consents[e]?1:-1:0))}
