{let s,e;const n=i((t,r)=>{!r||t.eventStatus=="cmpuishown"||(e=t,_())});G(a.consent.tcf,t=>(!s&&g.__tcfapi&&g.__tcfapi("addEventListener",s=2,n),e&&(e.gdprApplies===!1||!!e.purpose.consents[t])))}
