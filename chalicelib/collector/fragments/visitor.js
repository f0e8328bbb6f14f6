{const z="_dfa";var W={},f={};let j=S(),q;var X=()=>(q!=1&&K()&&(j=!q&&L(z)||j,V(z,j,400),q=1),j),x=e=>{j=e,q=2},l=()=>{W={},f={},x(S()),X()};U.push(()=>{L(z)&&(V(z,"",0),x(S()))})}
